import { GitLabCiError } from './errors.ts';

/** The column `name` of GitLab's environments. */
const maxLength = 255;

/**
 * Returns the name of an app's GitLab environment, `NAME/SLUG`. In the slug, everything but letters, digits, `.`, `_` and `-`
 * becomes `-`: GitLab refuses `@`, and a variable's scope `NAME/*` covers every app.
 * Throws ENVIRONMENT_NAME if no letter or digit is left of the project's name, or if GitLab refuses the whole for its length.
 * @param environment an environment of deploy.json
 * @param project the Nx project's name, else the package's name, else the path
 * @see https://docs.gitlab.com/ci/yaml/#environmentname
 */
export function gitlabEnvironmentOf(environment: string, project: string): string {
  const slug = project.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  if (!/[A-Za-z0-9]/.test(slug))
    throw new GitLabCiError(
      'ENVIRONMENT_NAME',
      `The project name ${JSON.stringify(project)} leaves no name for a GitLab environment: ` +
        'rename the project, with letters or digits in its name.',
    );
  const name = `${environment}/${slug}`;
  if (name.length > maxLength)
    throw new GitLabCiError(
      'ENVIRONMENT_NAME',
      `The GitLab environment ${name} has ${name.length} characters, GitLab accepts ${maxLength}: shorten the project's name.`,
    );
  return name;
}

/** Returns the environment that all apps share or shared, `NAME`. Its history counts while an app's own has none. */
export function sharedEnvironmentOf(gitlabEnvironment: string): string {
  return gitlabEnvironment.split('/')[0] ?? gitlabEnvironment;
}

/** Throws ENVIRONMENT_NAME if the environments of two projects have the same name, and names both projects. */
export function assertDistinctEnvironments(environment: string, projects: readonly string[]): void {
  const owners = new Map<string, string>();
  for (const project of projects) {
    const name = gitlabEnvironmentOf(environment, project);
    const owner = owners.get(name);
    if (owner !== undefined)
      throw new GitLabCiError(
        'ENVIRONMENT_NAME',
        `The projects ${owner} and ${project} would share the GitLab environment ${name}: rename one of them.`,
      );
    owners.set(name, project);
  }
}
