/*
 * What a job of GitLab CI/CD has in place of a value that someone set, and why. Everything is concluded from the job's own
 * predefined variables, so before any request.
 * https://docs.gitlab.com/ci/variables/predefined_variables/
 */

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns what the job has instead of the variable's value, and what to do, if that can be told. */
export function jobVariableProblem(name: string, env: Environment): string | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  const [, reference] = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(value.trim()) ?? [];
  // A password may look like a reference. Heroku's key, an app and a username don't.
  if (reference !== undefined && (reference === name || name.startsWith('HEROKU_'))) {
    return `${name} is an unexpanded reference to ${reference}, not a value: ${reference} isn't set in this job, so GitLab didn't expand it. Remove ${name} from "variables:" in .gitlab-ci.yml, and set it in Settings > CI/CD > Variables.`;
  }
  if (isPathOfFileVariable(name, value)) {
    return `${name} is the path of a file: its CI/CD variable has the type File. Change it to the type Variable.`;
  }
  return undefined;
}

/** GitLab writes a variable of type File to `PROJECT_DIRECTORY.tmp/NAME`. */
function isPathOfFileVariable(name: string, value: string): boolean {
  return value.startsWith('/') && !value.includes('\n') && value.endsWith(`.tmp/${name}`);
}

/** Returns the likely cause of a variable that isn't set in this job, and what to do. */
export function unsetVariableCause(name: string, env: Environment): string {
  const { CI_COMMIT_REF_NAME: ref, CI_ENVIRONMENT_NAME: environment, CI_DEFAULT_BRANCH: branch = 'main' } = env;
  if (env['CI_PIPELINE_SOURCE'] === 'merge_request_event') {
    const isFork =
      env['CI_MERGE_REQUEST_SOURCE_PROJECT_ID'] !== undefined &&
      env['CI_MERGE_REQUEST_SOURCE_PROJECT_ID'] !== env['CI_PROJECT_ID'];
    const who = isFork ? ' of a fork, which gets no variables' : ', which gets no protected variables';
    return `This is a merge request pipeline${who}. Deploy from ${branch} only: rules: [{ if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH }].`;
  }
  if (env['CI_COMMIT_REF_PROTECTED'] === 'false' && ref) {
    return `Likely cause: the variable is protected, but "${ref}" isn't a protected branch or tag. Deploy from a protected branch, or protect this one (Settings > Repository > Protected branches).`;
  }
  if (env['GITLAB_CI'] !== undefined && !environment) {
    return `Likely cause: the variable's environment scope. This job has no environment, so it gets only variables for "*". Add "environment: production/NAME" to the job, and set ${name} for "production/*".`;
  }
  if (environment) {
    const scope = `${environment.split('/')[0]}/*`;
    const isBare = !environment.includes('/');
    return isBare
      ? `Likely cause: the variable's environment scope. The job's environment is "${environment}", which "${scope}" doesn't cover. Call the job's environment ${environment}/NAME, or set ${name} for "${environment}".`
      : `Likely cause: the variable's environment scope. The job's environment is "${environment}": a variable for "${environment.split('/')[0]}" or for another environment doesn't reach it. Set ${name} for "${scope}" (Settings > CI/CD > Variables), masked and protected.`;
  }
  return "Add it to the project's CI/CD variables (masked and protected), or use --sandbox.";
}
