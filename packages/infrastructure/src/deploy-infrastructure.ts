/* oxlint-disable no-new -- a construct adds itself to the scope that it is given */
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

/** TF_HTTP_ADDRESS and its like complete an empty block: the file is then the same for everyone. */
const addressFromEnvironment = {} as HttpBackendConfig;

/**
 * All that a deploy from GitLab to Heroku needs to be there: the app, the project, and the three variables that its
 * pipeline deploys with, given to protected branches only. With the id `shop` it is `heroku_app.shop`,
 * `gitlab_project.shop` and `gitlab_project_variable.heroku_app`, `.heroku_api_key` and `.heroku_username`. The key and
 * the user name come from Terraform variables: set TF_VAR_heroku_api_key, and TF_VAR_heroku_username if it matters.
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
    this.app = name(new HerokuApp(this, 'app', { name: appName, region, team, lifecycle }), id);
    this.project = name(new GitlabProject(this, 'project', { ...project, lifecycle }), id);
    this.#addVariables(complete);
    this.#takeOver(id, complete);
    new TerraformOutput(this, 'app_url', { value: this.app.webUrl, staticId: true });
    new TerraformOutput(this, 'project_url', { value: this.project.webUrl, staticId: true });
  }

  #addVariables({ environmentScope }: CompleteInfrastructureOptions): void {
    const project = this.project.projectId;
    const add = (key: string, value: string, description: string, masked = false): void => {
      const options = { project, key, value, description, environmentScope, masked, protected: true };
      name(new GitlabProjectVariable(this, key, options), key.toLowerCase());
    };
    add('HEROKU_APP', this.app.appName, 'The Heroku app that is deployed to');
    add('HEROKU_API_KEY', this.#herokuApiKey().stringValue, 'The key that deploys', true);
    add('HEROKU_USERNAME', this.#herokuUsername().stringValue, "The user name for Heroku's registry");
  }

  #herokuApiKey(): TerraformVariable {
    const variable = new TerraformVariable(this, 'variable_heroku_api_key', {
      type: 'string',
      sensitive: true,
      nullable: false,
      description: 'The key that deploys, for the variable HEROKU_API_KEY: make one with heroku authorizations:create',
      validation: [
        {
          condition: '${can(regex("^\\\\S{8,}$", var.heroku_api_key))}',
          errorMessage: 'GitLab masks only values of 8 characters or more without white space.',
        },
      ],
    });
    return name(variable, 'heroku_api_key');
  }

  #herokuUsername(): TerraformVariable {
    const variable = new TerraformVariable(this, 'variable_heroku_username', {
      type: 'string',
      default: '_',
      nullable: false,
      description: "The user name for Heroku's registry, for the variable HEROKU_USERNAME: any will do",
    });
    return name(variable, 'heroku_username');
  }

  /** Not cdktf's importFrom, which runs the terraform binary to ask its version. Blocks need Terraform 1.5. */
  #takeOver(id: string, { appName, existing }: CompleteInfrastructureOptions): void {
    const blocks = [
      ...(existing.herokuApp === true ? [{ to: `heroku_app.${id}`, id: appName }] : []),
      ...(existing.gitlabProject === undefined ? [] : [{ to: `gitlab_project.${id}`, id: existing.gitlabProject }]),
    ];
    if (blocks.length > 0) this.addOverride('import', blocks);
  }
}

/** Gives an element its name in Terraform: cdktf would make one from its place in the tree. */
function name<T extends { overrideLogicalId(id: string): void }>(element: T, id: string): T {
  element.overrideLogicalId(id);
  return element;
}
