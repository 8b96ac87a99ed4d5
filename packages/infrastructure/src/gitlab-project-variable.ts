import type { Construct } from 'constructs';
import { type TerraformMetaArguments, TerraformResource } from './terraform.ts';

export interface GitlabProjectVariableOptions extends TerraformMetaArguments {
  /** The project's ID, usually a reference. */
  readonly project: string;
  readonly key: string;
  /** Usually a reference, because a literal value ends up in the file. */
  readonly value: string;
  /** Set only in pipelines of protected branches and tags. */
  readonly protected?: boolean;
  /** Masked in job logs. Requires a value of at least 8 characters without whitespace. */
  readonly masked?: boolean;
  /** Default `*`, all environments. */
  readonly environmentScope?: string;
  readonly description?: string;
}

/**
 * A raw gitlab_project_variable: `$` in its value isn't expanded.
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
