/* oxlint-disable no-new -- a construct adds itself to its scope */
import type { Construct } from 'constructs';
import { GitlabProject } from './gitlab-project.ts';
import { GitlabProjectVariable } from './gitlab-project-variable.ts';
import { HerokuApp } from './heroku-app.ts';
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
  TerraformStack,
  TerraformVariable,
} from './terraform.ts';

/** An empty block, which TF_HTTP_ADDRESS and other variables complete: everyone gets the same file. */
const addressFromEnvironment = {} as HttpBackendConfig;

/**
 * Everything that deploys from GitLab to Heroku require: the app, the project and three CI/CD variables, which only protected
 * branches and tags get. With the ID `shop` these are `heroku_app.shop`, `gitlab_project.shop` and
 * `gitlab_project_variable.heroku_app`, `.heroku_api_key` and `.heroku_username`. The key and the username come from Terraform
 * variables: set TF_VAR_heroku_api_key, and TF_VAR_heroku_username if you need one.
 * @throws InfrastructureError OPTIONS_INVALID
 */
export class DeployInfrastructure extends TerraformStack {
  readonly app: HerokuApp;
  readonly project: GitlabProject;

  constructor(scope: Construct, id: string, options: InfrastructureOptions) {
    const complete = parseOptions(options);
    super(scope, parseResourceName(id));
    const { appName, region, team, gitlab, backend, protectFromDestroy, providerVersions } = complete;
    const { baseUrl, ...project } = gitlab;
    if (backend === 'gitlab') new HttpBackend(this, addressFromEnvironment);
    else new LocalBackend(this, { path: 'terraform.tfstate' });
    new HerokuProvider(this, { version: providerVersions.heroku });
    new GitlabProvider(this, { version: providerVersions.gitlab, baseUrl });

    const lifecycle = { preventDestroy: protectFromDestroy };
    this.app = setName(new HerokuApp(this, 'app', { name: appName, region, team, lifecycle }), id);
    this.project = setName(new GitlabProject(this, 'project', { ...project, lifecycle }), id);
    this.#addVariables(complete);
    this.#importExisting(id, complete);
    new TerraformOutput(this, 'app_url', { value: this.app.webUrl, staticId: true });
    new TerraformOutput(this, 'project_url', { value: this.project.webUrl, staticId: true });
  }

  #addVariables({ environmentScope }: CompleteInfrastructureOptions): void {
    const project = this.project.projectId;
    const add = (key: string, value: string, description: string, masked = false): void => {
      const options = { project, key, value, description, environmentScope, masked, protected: true };
      setName(new GitlabProjectVariable(this, key, options), key.toLowerCase());
    };
    add('HEROKU_APP', this.app.appName, 'The Heroku app to deploy to');
    add('HEROKU_API_KEY', this.#herokuApiKey().stringValue, 'The API key for deploys', true);
    add('HEROKU_USERNAME', this.#herokuUsername().stringValue, "The username for Heroku's registry");
  }

  #herokuApiKey(): TerraformVariable {
    const variable = new TerraformVariable(this, 'variable_heroku_api_key', {
      type: 'string',
      sensitive: true,
      nullable: false,
      description: 'The API key for deploys, stored as HEROKU_API_KEY: create one with heroku authorizations:create',
      validation: [
        {
          condition: '${can(regex("^\\\\S{8,}$", var.heroku_api_key))}',
          errorMessage: 'GitLab masks only values of at least 8 characters without whitespace.',
        },
      ],
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
    ];
    if (blocks.length > 0) this.addOverride('import', blocks);
  }
}

/** Sets an element's name in Terraform. cdktf's default depends on the position in the tree. */
function setName<T extends { overrideLogicalId(id: string): void }>(element: T, id: string): T {
  element.overrideLogicalId(id);
  return element;
}
