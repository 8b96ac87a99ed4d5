/* oxlint-disable no-new -- a construct adds itself to its scope */
import type { Construct } from 'constructs';
import { GitlabProject, type GitlabProjectOptions } from './constructs/gitlab-project.ts';
import { GitlabProtectedEnvironment } from './constructs/gitlab-protected-environment.ts';
import { GitlabProjectVariable, type GitlabProjectVariableOptions } from './constructs/gitlab-project-variable.ts';
import { HerokuApp, type HerokuAppOptions } from './constructs/heroku-app.ts';
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
  TerraformVariable,
} from './terraform.ts';

type Given = 'value' | 'description' | 'masked' | 'lifecycle';

/** The variables' keys, by their names in Terraform. */
const keys = { heroku_app: 'HEROKU_APP', heroku_token: 'HEROKU_API_KEY', heroku_username: 'HEROKU_USERNAME' };

/** A precondition, because Terraform prints the value of a variable that its `validation` block rejects. */
const canBeMasked = {
  condition: '${can(regex("^\\\\S{8,}$", var.heroku_api_key))}',
  errorMessage:
    'GitLab masks only values of at least 8 characters without whitespace: set TF_VAR_heroku_api_key without blanks and line breaks.',
};

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

    this.app = setName(new HerokuApp(this, 'app', appOptions(complete)), id);
    this.project = setName(new GitlabProject(this, 'project', projectOptions(complete)), id);
    this.#addVariables(complete);
    this.#protectEnvironments(complete);
    this.#importExisting(id, complete);
    new TerraformOutput(this, 'app_url', { value: this.app.webUrl, staticId: true });
    new TerraformOutput(this, 'project_url', { value: this.project.webUrl, staticId: true });
  }

  /**
   * A variable whose environment scope changes is replaced, and the new one is created first: no pipeline runs without it. The
   * address of HEROKU_API_KEY is the one that tutorials use.
   */
  #addVariables({ environmentScope }: CompleteInfrastructureOptions): void {
    const common = { project: this.project.projectId, environmentScope, protected: true };
    const add = (name: keyof typeof keys, options: Pick<GitlabProjectVariableOptions, Given>): void => {
      const lifecycle = { createBeforeDestroy: true, ...options.lifecycle };
      setName(new GitlabProjectVariable(this, name, { ...common, key: keys[name], ...options, lifecycle }), name);
    };
    add('heroku_app', { value: this.app.appName, description: 'The Heroku app to deploy to' });
    add('heroku_token', {
      value: this.#herokuApiKey().stringValue,
      description: 'The API key for deploys',
      masked: true,
      lifecycle: { precondition: [canBeMasked] },
    });
    add('heroku_username', {
      value: this.#herokuUsername().stringValue,
      description: "The username for Heroku's registry",
    });
    const [from, to] = ['gitlab_project_variable.heroku_api_key', 'gitlab_project_variable.heroku_token'];
    this.addOverride('moved', [{ from, to }]);
  }

  #protectEnvironments({ protectedEnvironments }: CompleteInfrastructureOptions): void {
    for (const environment of protectedEnvironments) {
      const name = environment.replaceAll(/\W+/g, '_');
      const options = { project: this.project.projectId, environment };
      setName(new GitlabProtectedEnvironment(this, `protected_${name}`, options), name);
    }
  }

  #herokuApiKey(): TerraformVariable {
    const variable = new TerraformVariable(this, 'variable_heroku_api_key', {
      type: 'string',
      sensitive: true,
      nullable: false,
      description: 'The API key for deploys, stored as HEROKU_API_KEY: create one with heroku authorizations:create',
    });
    return setName(variable, 'heroku_api_key');
  }

  #herokuUsername(): TerraformVariable {
    const variable = new TerraformVariable(this, 'variable_heroku_username', {
      type: 'string',
      default: '_',
      nullable: false,
      description: "The username for Heroku's registry, stored as HEROKU_USERNAME: any value works",
    });
    return setName(variable, 'heroku_username');
  }

  /** Avoids cdktf's importFrom, which runs the terraform binary. Import blocks require Terraform 1.5. */
  #importExisting(id: string, { appName, existing }: CompleteInfrastructureOptions): void {
    const blocks = [
      ...(existing.herokuApp === true ? [{ to: `heroku_app.${id}`, id: appName }] : []),
      ...(existing.gitlabProject === undefined ? [] : [{ to: `gitlab_project.${id}`, id: existing.gitlabProject }]),
      ...(existing.variablesScope === undefined ? [] : Object.entries(keys)).map(([name, key]) => ({
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

/** Sets an element's name in Terraform. cdktf's default depends on the position in the tree. */
function setName<T extends { overrideLogicalId(id: string): void }>(element: T, id: string): T {
  element.overrideLogicalId(id);
  return element;
}
