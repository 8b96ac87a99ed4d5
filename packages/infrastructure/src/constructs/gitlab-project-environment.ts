import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { environmentName, literalOrReference, value } from './values.ts';

const tiers = ['production', 'staging', 'testing', 'development', 'other'] as const;

const schema = lazily(() =>
  z.strictObject({
    project: value,
    name: literalOrReference(environmentName),
    externalUrl: literalOrReference(
      z.string().regex(/^https?:\/\/\S+$/, "isn't a URL that starts with https:"),
    ).optional(),
    tier: z.enum(tiers).optional(),
    description: value.optional(),
    stopBeforeDestroy: z.boolean().optional(),
  }),
);

export interface GitlabProjectEnvironmentOptions extends TerraformMetaArguments {
  /** The project's ID, usually a reference. */
  readonly project: string;
  /** Such as `production/shop`. Another name replaces the environment, with its deployments. */
  readonly name: string;
  /** Where the app responds. */
  readonly externalUrl?: string;
  /** Default: GitLab guesses it from the name. */
  readonly tier?: (typeof tiers)[number];
  readonly description?: string;
  /** GitLab deletes only stopped environments. Default: false. */
  readonly stopBeforeDestroy?: boolean;
}

/**
 * A gitlab_project_environment. The first deploy creates it, too.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_environment
 */
export class GitlabProjectEnvironment extends Resource {
  constructor(scope: Construct, id: string, options: GitlabProjectEnvironmentOptions) {
    super(scope, id, 'gitlab_project_environment', schema, options);
  }
}
