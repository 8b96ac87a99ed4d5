import type { Construct } from 'constructs';
import { type TerraformMetaArguments, TerraformResource } from './terraform.ts';

export interface GitlabProtectedEnvironmentOptions extends TerraformMetaArguments {
  /** The project's ID, usually a reference. */
  readonly project: string;
  /** The environment's whole name: GitLab matches no wildcards here. */
  readonly environment: string;
  /** The role that may deploy to it. Default `maintainer`. */
  readonly deployAccessLevel?: 'developer' | 'maintainer';
}

/**
 * A gitlab_project_protected_environment, a feature of GitLab Premium.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_protected_environment
 */
export class GitlabProtectedEnvironment extends TerraformResource {
  readonly #attributes: Record<string, unknown>;

  constructor(scope: Construct, id: string, options: GitlabProtectedEnvironmentOptions) {
    const { project, environment, deployAccessLevel = 'maintainer', ...meta } = options;
    super(scope, id, {
      ...meta,
      terraformResourceType: 'gitlab_project_protected_environment',
      terraformGeneratorMetadata: { providerName: 'gitlab' },
    });
    this.#attributes = {
      project,
      environment,
      deploy_access_levels_attribute: [{ access_level: deployAccessLevel }],
    };
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.#attributes;
  }
}
