import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import {
  literalOrReference,
  namespaceId,
  projectDescription,
  projectName,
  projectPath,
  value,
  visibility,
} from './values.ts';

const schema = lazily(() =>
  z
    .strictObject({
      name: literalOrReference(projectName),
      path: projectPath.optional(),
      namespaceId: namespaceId.optional(),
      description: literalOrReference(projectDescription).optional(),
      visibility: visibility.optional(),
      defaultBranch: value.optional(),
      ciConfigPath: value.optional(),
      buildTimeout: z
        .number()
        .int()
        .min(600, 'must be 600 seconds or more')
        .max(2_592_000, 'must be a month or less')
        .optional(),
      mergeMethod: z.enum(['merge', 'rebase_merge', 'ff']).optional(),
      onlyAllowMergeIfPipelineSucceeds: z.boolean().optional(),
      removeSourceBranchAfterMerge: z.boolean().optional(),
      resourceGroupDefaultProcessMode: z
        .enum(['unordered', 'oldest_first', 'newest_first', 'newest_ready_first'])
        .optional(),
      ciForwardDeploymentEnabled: z.boolean().optional(),
      keepLatestArtifact: z.boolean().optional(),
      sharedRunnersEnabled: z.boolean().optional(),
    })
    .transform(({ visibility: visibilityLevel, ...options }) => ({ ...options, visibilityLevel })),
);

export interface GitlabProjectOptions extends TerraformMetaArguments {
  readonly name: string;
  /** The last part of the project's URL. Default: derived from the name. */
  readonly path?: string | undefined;
  /** The ID of the group or user that owns the project. Default: you. */
  readonly namespaceId?: number | undefined;
  readonly description?: string | undefined;
  /** Without it, a new project is private, and an existing one stays as it is. */
  readonly visibility?: 'private' | 'internal' | 'public' | undefined;
  readonly defaultBranch?: string | undefined;
  /** Default: `.gitlab-ci.yml`. */
  readonly ciConfigPath?: string | undefined;
  /** The longest a job may run, in seconds: at least 600. */
  readonly buildTimeout?: number | undefined;
  readonly mergeMethod?: 'merge' | 'rebase_merge' | 'ff' | undefined;
  readonly onlyAllowMergeIfPipelineSucceeds?: boolean | undefined;
  readonly removeSourceBranchAfterMerge?: boolean | undefined;
  /** The order of the jobs of a resource group that doesn't state its own. @see https://docs.gitlab.com/ci/resource_groups/ */
  readonly resourceGroupDefaultProcessMode?:
    'unordered' | 'oldest_first' | 'newest_first' | 'newest_ready_first' | undefined;
  /** Whether GitLab refuses deploy jobs of older pipelines. */
  readonly ciForwardDeploymentEnabled?: boolean | undefined;
  readonly keepLatestArtifact?: boolean | undefined;
  readonly sharedRunnersEnabled?: boolean | undefined;
}

/** A gitlab_project. @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project */
export class GitlabProject extends Resource {
  constructor(scope: Construct, id: string, options: GitlabProjectOptions) {
    super(scope, id, 'gitlab_project', schema, options);
  }

  /** Returns a reference to the project's ID. */
  get projectId(): string {
    return this.getStringAttribute('id');
  }

  get webUrl(): string {
    return this.getStringAttribute('web_url');
  }
}
