import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { environmentName, literalOrReference, value } from './values.ts';

const role = z.enum(['developer', 'maintainer']);

const schema = lazily(() =>
  z
    .strictObject({
      project: value,
      environment: literalOrReference(environmentName),
      deployAccessLevel: role.default('maintainer'),
      requiredApprovals: z.number().int().min(1, 'must be 1 or more').max(5, 'must be 5 or less').optional(),
    })
    .transform(({ deployAccessLevel, requiredApprovals, ...options }) => ({
      ...options,
      deployAccessLevelsAttribute: [{ accessLevel: deployAccessLevel }],
      approvalRules: requiredApprovals === undefined ? undefined : [{ accessLevel: 'maintainer', requiredApprovals }],
    })),
);

export interface GitlabProtectedEnvironmentOptions extends TerraformMetaArguments {
  /** The project's ID, usually a reference. */
  readonly project: string;
  /** The environment's whole name: GitLab matches no wildcards here. */
  readonly environment: string;
  /** The role that may deploy to it. Default `maintainer`. */
  readonly deployAccessLevel?: 'developer' | 'maintainer';
  /** How many Maintainers must approve a deployment, 1 to 5. Default: none. */
  readonly requiredApprovals?: number;
}

/**
 * A gitlab_project_protected_environment, a feature of GitLab Premium. Each change replaces it.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_protected_environment
 */
export class GitlabProtectedEnvironment extends Resource {
  constructor(scope: Construct, id: string, options: GitlabProtectedEnvironmentOptions) {
    super(scope, id, 'gitlab_project_protected_environment', schema, options);
  }
}
