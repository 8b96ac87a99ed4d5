import type { HclBlock } from './hcl.ts';
import type { BranchProtection } from './taken.ts';

const roles = new Set(['no one', 'developer', 'maintainer', 'admin']);
const levels = { push_access_level: 'pushAccessLevel', merge_access_level: 'mergeAccessLevel' } as const;
const flags = {
  allow_force_push: 'allowForcePush',
  code_owner_approval_required: 'codeOwnerApprovalRequired',
} as const;

/**
 * Returns a gitlab_branch_protection of the project as options of GitlabBranchProtection; undefined if it has what these lack, or
 * values that only Terraform knows.
 * @param project the project's address
 * @param valueOf returns an attribute's value
 */
export function readBranchProtection(
  block: HclBlock,
  project: string,
  valueOf: (block: HclBlock, name: string) => string | undefined,
): BranchProtection | undefined {
  const branch = valueOf(block, 'branch');
  const { project: of, branch: _, ...settings } = block.attributes;
  if (branch === undefined || block.blocks.length > 0 || of !== `${project}.id`) return undefined;
  const options: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(settings)) {
    const value = valueOf(block, name);
    if (name in levels && value !== undefined && roles.has(value)) options[levels[name as keyof typeof levels]] = value;
    else if (name in flags && /^(?:true|false)$/.test(text))
      options[flags[name as keyof typeof flags]] = text === 'true';
    else return undefined;
  }
  return { branch, ...options };
}
