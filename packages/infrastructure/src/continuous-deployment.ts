/* oxlint-disable no-new -- a construct adds itself to its scope */
import { createHash } from 'node:crypto';
import type { Construct as Scope } from 'constructs';
import * as z from 'zod';
import { parseWith } from './constructs/describe-issues.ts';
import { GitlabBranchProtection } from './constructs/gitlab-branch-protection.ts';
import { GitlabProject, type GitlabProjectOptions } from './constructs/gitlab-project.ts';
import { GitlabProjectEnvironment } from './constructs/gitlab-project-environment.ts';
import { GitlabProjectVariable, type GitlabProjectVariableOptions } from './constructs/gitlab-project-variable.ts';
import { GitlabProtectedEnvironment } from './constructs/gitlab-protected-environment.ts';
import { HerokuApp, type HerokuAppOptions } from './constructs/heroku-app.ts';
import { lazily } from './constructs/lazily.ts';
import { literalScope, text } from './constructs/values.ts';
import { parseResourceName } from './options.ts';
import { Construct, TerraformStack, TerraformVariable } from './terraform.ts';

export interface ContinuousDeploymentOptions {
  /** The Heroku app. Terraform refuses to destroy it unless its `lifecycle` says otherwise. */
  readonly app: HerokuAppOptions;
  /** The GitLab project. Terraform refuses to destroy it, and its repository, unless its `lifecycle` says otherwise. */
  readonly project: GitlabProjectOptions;
  /**
   * The environments whose jobs get the three variables. Default `production/*`, which covers `production/APP` and not a bare
   * `production`; `*` would show the key to every job.
   */
  readonly environmentScope?: string | undefined;
  /**
   * The branch that is deployed: only Maintainers push and merge, and no one force-pushes. Only protected branches get the
   * variables. Default `main`; `false` leaves the protection to GitLab.
   */
  readonly branch?: string | false | undefined;
  /** The environment that is deployed to, with the app's URL. Default `production/ID`; `false` leaves it to the first deploy. */
  readonly environment?: string | false | undefined;
  /** Environments that only Maintainers deploy to, each by its whole name. GitLab Premium. Default: none. */
  readonly protectedEnvironments?: readonly string[] | undefined;
  /** What the names of the three variables begin with in Terraform. Default `ID_`; the empty string gives the tutorial's names. */
  readonly variablePrefix?: string | undefined;
}

const schema = lazily(() =>
  z.strictObject({
    app: z.looseObject({}),
    project: z.looseObject({}),
    environmentScope: literalScope.default('production/*'),
    branch: z.union([z.literal(false), text]).default('main'),
    environment: z.union([z.literal(false), text]).optional(),
    protectedEnvironments: z
      .array(text)
      .refine((names) => new Set(names).size === names.length, 'names an environment twice')
      .default([]),
    variablePrefix: z
      .string()
      .regex(/^(?:[A-Za-z_][\w-]*)?$/, "isn't the start of a Terraform name")
      .optional(),
  }),
);

/** The variables' keys, by their names in Terraform, which are those of tutorials. */
export const variableKeys = {
  heroku_app: 'HEROKU_APP',
  heroku_token: 'HEROKU_API_KEY',
  heroku_username: 'HEROKU_USERNAME',
};

/** A precondition, because Terraform prints the value of a variable that its `validation` block rejects. */
const canBeMasked = {
  condition: '${can(regex("^\\\\S{8,}$", var.heroku_api_key))}',
  errorMessage:
    'GitLab masks only values of at least 8 characters without whitespace: set TF_VAR_heroku_api_key without blanks and line breaks.',
};

/**
 * What deploys of one app from GitLab to Heroku require, in any stack that has both providers: the app, the project, three CI/CD
 * variables that only protected branches and the environments in scope get, the protection of the deployed branch, and its
 * environment. Nothing of it needs a release. With the ID `shop` these are `heroku_app.shop`, `gitlab_project.shop`, `gitlab_project_variable.shop_heroku_app`,
 * `.shop_heroku_token` (HEROKU_API_KEY) and `.shop_heroku_username`, `gitlab_branch_protection.shop` and `gitlab_project_environment.shop`.
 * The key and the username come from the Terraform variables heroku_api_key and heroku_username, which all apps of a stack share.
 * @throws InfrastructureError OPTIONS_INVALID
 */
export class ContinuousDeployment extends Construct {
  readonly app: HerokuApp;
  readonly project: GitlabProject;

  constructor(scope: Scope, id: string, options: ContinuousDeploymentOptions) {
    const own = parseWith(schema, options, `ContinuousDeployment "${id}" is invalid`);
    super(scope, parseResourceName(id));
    const { variablePrefix = `${id}_`, environment = `production/${id}`, branch } = own;
    const protect = { lifecycle: { preventDestroy: true } };
    this.app = setName(new HerokuApp(this, 'app', { ...protect, ...options.app }), id);
    this.project = setName(new GitlabProject(this, 'project', { ...protect, ...options.project }), id);
    const project = this.project.projectId;
    this.#addVariables(own.environmentScope, variablePrefix);
    if (branch !== false) {
      const levels = { pushAccessLevel: 'maintainer', mergeAccessLevel: 'maintainer', allowForcePush: false } as const;
      setName(new GitlabBranchProtection(this, 'branch', { project, branch, ...levels }), id);
    }
    if (environment !== false) {
      const { webUrl: externalUrl } = this.app;
      const settings = { tier: 'production', stopBeforeDestroy: true } as const;
      const of = { project, name: environment, externalUrl, ...settings };
      setName(new GitlabProjectEnvironment(this, 'environment', of), id);
    }
    const labels = new Set<string>();
    for (const name of own.protectedEnvironments) {
      const label = labelOf(name, labels);
      const of = { project, environment: name };
      setName(new GitlabProtectedEnvironment(this, `protected_${label}`, of), `${variablePrefix}${label}`);
    }
  }

  /** A variable whose environment scope changes is replaced, and the new one is created first: no pipeline runs without it. */
  #addVariables(environmentScope: string, prefix: string): void {
    const common = { project: this.project.projectId, environmentScope, protected: true };
    const add = (
      name: keyof typeof variableKeys,
      options: Pick<GitlabProjectVariableOptions, 'value' | 'description' | 'masked' | 'lifecycle'>,
    ): void => {
      const lifecycle = { createBeforeDestroy: true, ...options.lifecycle };
      const all = { ...common, key: variableKeys[name], ...options, lifecycle };
      setName(new GitlabProjectVariable(this, name, all), `${prefix}${name}`);
    };
    add('heroku_app', { value: this.app.appName, description: 'The Heroku app to deploy to' });
    add('heroku_token', {
      value: this.#variable('heroku_api_key', {
        sensitive: true,
        description: 'The API key for deploys, stored as HEROKU_API_KEY: create one with heroku authorizations:create',
      }),
      description: 'The API key for deploys',
      masked: true,
      lifecycle: { precondition: [canBeMasked] },
    });
    add('heroku_username', {
      value: this.#variable('heroku_username', {
        default: '_',
        description: "The username for Heroku's registry, stored as HEROKU_USERNAME: any value works",
      }),
      description: "The username for Heroku's registry",
    });
  }

  /**
   * Returns a reference to a variable of the stack, which has it once. The reference is plain text, because cdktf records a stack
   * trace for each of its own.
   */
  #variable(name: string, options: { description: string; sensitive?: boolean; default?: string }): string {
    const stack = TerraformStack.of(this);
    const id = `variable_${name}`;
    if (stack.node.tryFindChild(id) === undefined)
      setName(new TerraformVariable(stack, id, { type: 'string', nullable: false, ...options }), name);
    return `\${var.${name}}`;
  }
}

/** Returns a name for Terraform. Environments such as a/b and a-b would have the same: the later one gets a digest, too. */
function labelOf(environment: string, labels: Set<string>): string {
  const plain = environment.replaceAll(/\W+/g, '_');
  const label = labels.has(plain)
    ? `${plain}_${createHash('sha256').update(environment).digest('hex').slice(0, 8)}`
    : plain;
  labels.add(label);
  return label;
}

/** Sets an element's name in Terraform. cdktf's default depends on the position in the tree. */
function setName<T extends { overrideLogicalId(id: string): void }>(element: T, id: string): T {
  element.overrideLogicalId(id);
  return element;
}
