import { GitLabCiError } from '../errors.ts';

/** An app of the repository, as its deploy.json and the project graph describe it. */
export interface PipelineApp {
  /** The Nx project's name, else the package's, else the path. */
  readonly project: string;
  /** The directory of deploy.json, relative to the repository's root, with slashes. `.` is the root. */
  readonly directory: string;
  /** The Heroku app of a deploy.json without environments. Absent: the variable HEROKU_APP names it. */
  readonly herokuApp?: string;
  /** The environments of deploy.json. Empty: one, called `production`. */
  readonly environments: readonly PipelineEnvironment[];
  /** The projects that are deployed before this one. */
  readonly after: readonly string[];
  /** What lint-test builds for the app, relative to the repository's root. */
  readonly outputs: readonly string[];
}

export interface PipelineEnvironment {
  readonly name: string;
  readonly herokuApp: string;
  /** The environment whose images this one gets by promotion. */
  readonly after?: string;
}

/** The name of an app's environment if its deploy.json declares none. */
export const defaultEnvironment = 'production';

const safeDirectory = /^[\w@.][\w@.+/-]*$/;
const safeOutput = /^[\w@.][\w@.+/ -]*$/;
/** Of projects, and of jobs. */
const safeName = /^[\w@.][\w@.+:/ -]*$/;

/**
 * Throws PIPELINE_INVALID for names that mean something to a shell or to GitLab's variables. The jobs quote what they use, but
 * GitLab expands `$` in every value, a list of directories is split at spaces, and one of builds at colons.
 */
export function assertSafeNames(apps: readonly PipelineApp[]): void {
  for (const { project, directory, outputs } of apps) {
    if (!safeName.test(project))
      throw new GitLabCiError(
        'PIPELINE_INVALID',
        `${directory}: the project name ${JSON.stringify(project)} can't be part of a job's name: use letters, digits and any of "@/._+:-" and space.`,
      );
    assertSafePath(project, directory, safeDirectory);
    for (const path of outputs) assertSafePath(project, path, safeOutput);
  }
}

/** Throws PIPELINE_INVALID for the name of a job that isn't one line of plain words. */
export function assertSafeToolJob(job: string): void {
  if (safeName.test(job)) return;
  throw new GitLabCiError(
    'PIPELINE_INVALID',
    `--tool-job: ${JSON.stringify(job)} can't be the name of a job: use letters, digits and any of "@/._+:-" and space.`,
  );
}

function assertSafePath(project: string, path: string, safe: RegExp): void {
  if (safe.test(path) && !path.split('/').includes('..')) return;
  const space = safe === safeOutput ? ' and space' : '';
  throw new GitLabCiError(
    'PIPELINE_INVALID',
    `${project}: the path ${JSON.stringify(path)} can't be used in a GitLab job: use letters, digits and any of "@/._+-"${space}, inside the repository.`,
  );
}
