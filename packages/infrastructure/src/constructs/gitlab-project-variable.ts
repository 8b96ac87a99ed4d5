import type { Construct } from 'constructs';
import * as z from 'zod';
import type { TerraformMetaArguments } from '../terraform.ts';
import { lazily } from './lazily.ts';
import { Resource } from './resource.ts';
import { environmentScope, literalOrReference, secretReference, text, value } from './values.ts';

const schema = lazily(() =>
  z
    .strictObject({
      project: value,
      key: z.string().regex(/^\w{1,255}$/, "isn't a variable's key: use at most 255 letters, digits and _"),
      value: z.string(),
      protected: z.boolean().default(false),
      masked: z.boolean().default(false),
      hidden: z.boolean().optional(),
      raw: z.boolean().default(true),
      variableType: z.enum(['env_var', 'file']).optional(),
      environmentScope: environmentScope.default('*'),
      description: literalOrReference(
        text.max(255, 'is longer than the 255 characters that GitLab accepts'),
      ).optional(),
    })
    .superRefine(({ masked, hidden, value: given }, context) => {
      const found = masked || hidden ? secretReference.safeParse(given) : undefined;
      for (const { message } of found?.error?.issues ?? [])
        context.addIssue({ code: 'custom', path: ['value'], message });
    }),
);

export interface GitlabProjectVariableOptions extends TerraformMetaArguments {
  /** The project's ID, usually a reference. */
  readonly project: string;
  /** At most 255 letters, digits and `_`. */
  readonly key: string;
  /** Of a masked or hidden variable, only a reference: the file would contain a literal. */
  readonly value: string;
  /** Set only in pipelines of protected branches and tags. Default: false. */
  readonly protected?: boolean;
  /** Masked in job logs. Requires a value of at least 8 characters without whitespace. Default: false. */
  readonly masked?: boolean;
  /** Masked, and never shown again. Terraform then can't see a change made by hand. Another value replaces the variable. */
  readonly hidden?: boolean;
  /** Whether `$` in the value is taken literally. Default: true. */
  readonly raw?: boolean;
  /** `file`: the job gets the path of a file with the value. Default: `env_var`. */
  readonly variableType?: 'env_var' | 'file';
  /** Default `*`, all environments. Another scope replaces the variable. */
  readonly environmentScope?: string;
  readonly description?: string;
}

/**
 * A gitlab_project_variable.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_variable
 */
export class GitlabProjectVariable extends Resource {
  constructor(scope: Construct, id: string, options: GitlabProjectVariableOptions) {
    super(scope, id, 'gitlab_project_variable', schema, options);
  }
}
