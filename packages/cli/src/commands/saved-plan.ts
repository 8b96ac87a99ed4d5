import { resolve } from 'node:path';
import { type DeployReport, type DeployRequest, formatPlanFile, readPlanFile, type SavedPlan } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { openReportFile } from '../output/report-file.ts';
import { UsageError } from '../usage-error.ts';
import { version } from '../version.ts';

/** Reads the file of `--plan`. @throws DeployError PLAN_INVALID */
export async function readSavedPlan(file: string | undefined, { cwd }: CommandContext): Promise<SavedPlan | undefined> {
  return file === undefined ? undefined : readPlanFile(resolve(cwd, file));
}

/** Refuses a plan that was made for something else. @throws UsageError */
export function assertPlanIsFor(
  { plan, target, environment }: SavedPlan,
  request: { readonly app?: string; readonly target: 'heroku' | 'sandbox'; readonly environment?: string },
): void {
  const app = request.app ?? plan.app;
  if (plan.app === app && target === request.target && environment === request.environment) return;
  throw new UsageError(
    `The plan is for ${placeOf(plan.app, target, environment)}, and this deploy for ${placeOf(app, request.target, request.environment)}. Make a new plan: tozo plan --out FILE.`,
  );
}

function placeOf(app: string, target: 'heroku' | 'sandbox', environment: string | undefined): string {
  const where = target === 'sandbox' ? 'in the sandbox' : 'on Heroku';
  return `${app} ${where}${environment === undefined ? '' : ` (${environment})`}`;
}

export interface PlanOutput {
  /** @throws UsageError if the plan would contain a secret; Error if the file can't be written */
  write(report: DeployReport, request: DeployRequest): void;
}

/** Opens the file of `--out`. @throws UsageError when it can't be written */
export function openPlanOutput(file: string | undefined, { cwd, redaction }: CommandContext): PlanOutput | undefined {
  if (file === undefined) return undefined;
  const path = resolve(cwd, file);
  const output = openReportFile(path);
  return {
    write({ plan }, { target, environment, revision, builder, again }) {
      if (!plan) return;
      const text = formatPlanFile({
        tool: `tozo ${version()}`,
        createdAt: new Date().toISOString(),
        target: target.kind,
        ...(environment ? { environment } : {}),
        ...(revision ? { commit: revision } : {}),
        builder,
        ...(again ? { again } : {}),
        plan,
      });
      if (redaction.redact(text) !== text) {
        throw new UsageError(
          `The plan wasn't written to ${path}: it would contain a secret, in a command of deploy.json or in the Dockerfile. Read the secret from a config var instead.`,
        );
      }
      output.write(text);
    },
  };
}
