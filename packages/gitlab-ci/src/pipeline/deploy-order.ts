import { GitLabCiError } from '../errors.ts';
import type { PipelineApp } from './app.ts';

/**
 * Returns the stage number of each project: 1, or one more than the highest number of those deployed before it.
 * Throws PIPELINE_INVALID for a circle, and names its projects.
 */
export function deployOrder(apps: readonly PipelineApp[]): ReadonlyMap<string, number> {
  const byProject = new Map(apps.map((app) => [app.project, app]));
  const order = new Map<string, number>();
  const visit = (project: string, path: readonly string[]): number => {
    const known = order.get(project);
    if (known !== undefined) return known;
    const start = path.indexOf(project);
    if (start >= 0) {
      const circle = [...path.slice(start), project].join(' → ');
      throw new GitLabCiError(
        'PIPELINE_INVALID',
        `The deploy targets depend on each other: ${circle}. Remove one "dependsOn".`,
      );
    }
    const before = byProject.get(project)!.after.filter((other) => byProject.has(other));
    const number = 1 + Math.max(0, ...before.map((other) => visit(other, [...path, project])));
    order.set(project, number);
    return number;
  };
  for (const { project } of apps) visit(project, []);
  return order;
}

/** Returns the name of the stage with this number: `deploy`, `deploy-2`, … */
export function deployStage(number: number): string {
  return number === 1 ? 'deploy' : `deploy-${number}`;
}
