import type { PipelineApp } from '../pipeline/app.ts';

/** Returns an app of a test's pipeline. */
export const app = (project: string, more: Partial<PipelineApp> = {}): PipelineApp => ({
  project,
  directory: `apps/${project}`,
  herokuApp: `${project}-live`,
  environments: [],
  after: [],
  outputs: [`apps/${project}/dist`],
  ...more,
});
