import type { Construct } from 'constructs';
import { type TerraformMetaArguments, TerraformResource } from './terraform.ts';

export interface GitlabProjectVariableOptions extends TerraformMetaArguments {
  /** The project's number, usually a reference to it. */
  readonly project: string;
  readonly key: string;
  /** Usually a reference: a value that is written here stands in the file. */
  readonly value: string;
  /** Given only to pipelines of protected branches and tags. */
  readonly protected?: boolean;
  /** Cut out of job logs; the value must then have 8 characters or more and no white space. */
  readonly masked?: boolean;
  /** Default `*`, every environment. */
  readonly environmentScope?: string;
  readonly description?: string;
}

/**
 * A gitlab_project_variable. It is raw: a `$` in its value is a `$`.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project_variable
 */
export class GitlabProjectVariable extends TerraformResource {
  readonly #attributes: Record<string, unknown>;

  constructor(scope: Construct, id: string, options: GitlabProjectVariableOptions) {
    const { project, key, value, protected: isProtected, masked, environmentScope, description, ...meta } = options;
    super(scope, id, {
      ...meta,
      terraformResourceType: 'gitlab_project_variable',
      terraformGeneratorMetadata: { providerName: 'gitlab' },
    });
    this.#attributes = {
      project,
      key,
      value,
      protected: isProtected ?? false,
      masked: masked ?? false,
      raw: true,
      environment_scope: environmentScope ?? '*',
      description,
    };
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.#attributes;
  }
}
