import { isObject } from '../project/manifest.ts';
import { type CiJob, stringsOf } from './ci-jobs.ts';
import { expandVariables } from './shell.ts';

/** GitLab's own limit. */
const maxJobs = 200;

/**
 * Returns the jobs that a job becomes by `parallel: matrix`, each with its variables. Without a matrix, the job itself.
 * https://docs.gitlab.com/ci/yaml/#parallelmatrix
 */
export function expandMatrix(job: CiJob): CiJob[] {
  const { parallel, environment } = job.settings;
  const rows = isObject(parallel) && Array.isArray(parallel['matrix']) ? (parallel['matrix'] as unknown[]) : [];
  const sets = rows.filter(isObject).flatMap((row) => combine(Object.entries(row)));
  if (sets.length === 0 || sets.length > maxJobs) return [job];
  return sets.map((set) => {
    const variables = { ...job.variables, ...set };
    const expand = (name: unknown): unknown => (typeof name === 'string' ? expandVariables(name, variables) : name);
    const named = isObject(environment) ? { ...environment, name: expand(environment['name']) } : expand(environment);
    return {
      ...job,
      variables,
      settings: environment === undefined ? job.settings : { ...job.settings, environment: named },
    };
  });
}

/** Returns every combination of the values of variables, each of which has one or a list. */
function combine(entries: readonly (readonly [string, unknown])[]): Record<string, string>[] {
  return entries.reduce<Record<string, string>[]>(
    (sets, [name, values]) =>
      sets
        .slice(0, maxJobs)
        .flatMap((set) => [values].flat().map((value) => ({ ...set, ...stringsOf({ [name]: value }) }))),
    [{}],
  );
}
