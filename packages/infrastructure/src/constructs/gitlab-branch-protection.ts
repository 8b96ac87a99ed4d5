import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { literalOrReference, value } from './values.ts';

const roles = ['no one', 'developer', 'maintainer', 'admin'] as const;

const branch = z.string().regex(/^[^\s~^:?[\\]+$/, "isn't a branch or a pattern such as release/*");

const schema = lazily(() =>
  z.strictObject({
    project: value,
    branch: literalOrReference(branch),
    pushAccessLevel: z.enum(roles).optional(),
    mergeAccessLevel: z.enum(roles).optional(),
    allowForcePush: z.boolean().optional(),
    codeOwnerApprovalRequired: z.boolean().optional(),
  }),
);

export interface GitlabBranchProtectionOptions extends TerraformMetaArguments {
  /** The project's ID, usually a reference. */
  readonly project: string;
  /** A branch, or a pattern with `*`. Another one replaces the protection. */
  readonly branch: string;
  /** Who may push. Default: GitLab's, `maintainer`. */
  readonly pushAccessLevel?: (typeof roles)[number];
  /** Who may merge. Default: GitLab's, `maintainer`. */
  readonly mergeAccessLevel?: (typeof roles)[number];
  /** Default: false. */
  readonly allowForcePush?: boolean;
  /** GitLab Premium. */
  readonly codeOwnerApprovalRequired?: boolean;
}

/**
 * A gitlab_branch_protection. Protected variables, such as HEROKU_API_KEY, reach only jobs of protected branches and tags. GitLab
 * protects a new project's default branch by itself: import that protection before you change it.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/branch_protection
 */
export class GitlabBranchProtection extends Resource {
  constructor(scope: Construct, id: string, options: GitlabBranchProtectionOptions) {
    super(scope, id, 'gitlab_branch_protection', schema, options);
  }
}
