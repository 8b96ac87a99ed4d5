import type { Construct } from 'constructs';
import { type TerraformMetaArguments, TerraformResource } from './terraform.ts';

export interface GitlabProjectOptions extends TerraformMetaArguments {
  readonly name: string;
  readonly path?: string | undefined;
  readonly namespaceId?: number | undefined;
  readonly description?: string | undefined;
  /** Without it, a new project is private, and an existing one stays as it is. */
  readonly visibility?: 'private' | 'internal' | 'public' | undefined;
}

/** A gitlab_project. @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs/resources/project */
export class GitlabProject extends TerraformResource {
  readonly #attributes: Record<string, unknown>;

  constructor(scope: Construct, id: string, options: GitlabProjectOptions) {
    const { name, path, namespaceId, description, visibility, ...meta } = options;
    super(scope, id, {
      ...meta,
      terraformResourceType: 'gitlab_project',
      terraformGeneratorMetadata: { providerName: 'gitlab' },
    });
    this.#attributes = { name, path, namespace_id: namespaceId, description, visibility_level: visibility };
  }

  /** Returns a reference to the project's ID. */
  get projectId(): string {
    return this.getStringAttribute('id');
  }

  get webUrl(): string {
    return this.getStringAttribute('web_url');
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.#attributes;
  }
}
