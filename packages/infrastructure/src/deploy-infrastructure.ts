/* oxlint-disable no-new -- a construct adds itself to its scope */
import type { Construct } from 'constructs';
import type { GitlabProject, GitlabProjectOptions } from './constructs/gitlab-project.ts';
import type { GitlabProjectVariable } from './constructs/gitlab-project-variable.ts';
import type { HerokuApp, HerokuAppOptions } from './constructs/heroku-app.ts';
import { ContinuousDeployment, variableKeys } from './continuous-deployment.ts';
import {
  type CompleteInfrastructureOptions,
  type InfrastructureOptions,
  parseOptions,
  parseResourceName,
} from './options.ts';
import { GitlabProvider, HerokuProvider } from './providers.ts';
import {
  HttpBackend,
  type HttpBackendConfig,
  LocalBackend,
  TerraformOutput,
  type TerraformResourceLifecycle,
  TerraformStack,
} from './terraform.ts';

/** An empty block, which TF_HTTP_ADDRESS and other variables complete: everyone gets the same file. */
const addressFromEnvironment = {} as HttpBackendConfig;

/**
 * Everything that deploys from GitLab to Heroku require: the app, the project and three CI/CD variables, which only protected
 * branches and tags get. With the ID `shop` these are `heroku_app.shop`, `gitlab_project.shop` and
 * `gitlab_project_variable.heroku_app`, `.heroku_token` (HEROKU_API_KEY) and `.heroku_username`. The key and the username come from Terraform
 * variables: set TF_VAR_heroku_api_key, and TF_VAR_heroku_username if you need one.
 * @throws InfrastructureError OPTIONS_INVALID
 */
export class DeployInfrastructure extends TerraformStack {
  readonly app: HerokuApp;
  readonly project: GitlabProject;

  constructor(scope: Construct, id: string, options: InfrastructureOptions) {
    const complete = parseOptions(options);
    super(scope, parseResourceName(id));
    const { gitlab, backend, providerVersions } = complete;
    if (backend === 'gitlab') new HttpBackend(this, addressFromEnvironment);
    else new LocalBackend(this, { path: 'terraform.tfstate' });
    new HerokuProvider(this, { version: providerVersions.heroku });
    new GitlabProvider(this, { version: providerVersions.gitlab, baseUrl: gitlab.baseUrl });

    const set = new ContinuousDeployment(this, id, {
      app: appOptions(complete),
      project: projectOptions(complete),
      environmentScope: complete.environmentScope,
      branch: false,
      environment: false,
      protectedEnvironments: complete.protectedEnvironments,
      variablePrefix: '',
    });
    [this.app, this.project] = [set.app, set.project];
    const token = set.node.findChild('heroku_token') as GitlabProjectVariable;
    token.moveFromId('gitlab_project_variable.heroku_api_key');
    this.#importExisting(id, complete);
    new TerraformOutput(this, 'app_url', { value: this.app.webUrl, staticId: true });
    new TerraformOutput(this, 'project_url', { value: this.project.webUrl, staticId: true });
  }

  /** Avoids cdktf's importFrom, which runs the terraform binary. Import blocks require Terraform 1.5. */
  #importExisting(id: string, { appName, existing }: CompleteInfrastructureOptions): void {
    const blocks = [
      ...(existing.herokuApp === true ? [{ to: `heroku_app.${id}`, id: appName }] : []),
      ...(existing.gitlabProject === undefined ? [] : [{ to: `gitlab_project.${id}`, id: existing.gitlabProject }]),
      ...(existing.variablesScope === undefined ? [] : Object.entries(variableKeys)).map(([name, key]) => ({
        to: `gitlab_project_variable.${name}`,
        id: `${existing.gitlabProject}:${key}:${existing.variablesScope}`,
      })),
    ];
    if (blocks.length > 0) this.addOverride('import', blocks);
  }
}

/** An existing app and project keep what the options leave out. Terraform needs a value for what it then ignores. */
function appOptions({
  appName,
  region,
  team,
  existing,
  protectFromDestroy,
}: CompleteInfrastructureOptions): HerokuAppOptions {
  const ignoreChanges = existing.herokuApp === true && region === undefined ? ['region'] : [];
  return { name: appName, region: region ?? 'us', team, lifecycle: lifecycleOf(protectFromDestroy, ignoreChanges) };
}

function projectOptions({ gitlab, existing, protectFromDestroy }: CompleteInfrastructureOptions): GitlabProjectOptions {
  const { baseUrl: _, name, visibility, ...project } = gitlab;
  if (existing.gitlabProject === undefined)
    return { ...project, name: name!, visibility: visibility ?? 'private', lifecycle: lifecycleOf(protectFromDestroy) };
  const kept = { name, visibility_level: visibility, description: gitlab.description };
  const ignoreChanges = Object.entries(kept).flatMap(([attribute, value]) => (value === undefined ? [attribute] : []));
  return {
    ...project,
    name: name ?? existing.gitlabProject.split('/').at(-1)!,
    visibility,
    lifecycle: lifecycleOf(protectFromDestroy, ignoreChanges),
  };
}

function lifecycleOf(preventDestroy: boolean, ignoreChanges: readonly string[] = []): TerraformResourceLifecycle {
  return { preventDestroy, ...(ignoreChanges.length > 0 && { ignoreChanges: [...ignoreChanges] }) };
}
