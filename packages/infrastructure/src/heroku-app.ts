import type { Construct } from 'constructs';
import { type TerraformMetaArguments, TerraformResource } from './terraform.ts';

export interface HerokuAppOptions extends TerraformMetaArguments {
  readonly name: string;
  readonly region: string;
  /** The Heroku team that owns the app. */
  readonly team?: string | undefined;
}

/**
 * A heroku_app on the stack `container`, which runs images. It sets no config vars: deploy.json, add-ons or people own those,
 * and Terraform doesn't touch config vars that it doesn't declare.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs/resources/app
 */
export class HerokuApp extends TerraformResource {
  readonly #attributes: Record<string, unknown>;

  constructor(scope: Construct, id: string, { name, region, team, ...meta }: HerokuAppOptions) {
    super(scope, id, {
      ...meta,
      terraformResourceType: 'heroku_app',
      terraformGeneratorMetadata: { providerName: 'heroku' },
    });
    this.#attributes = {
      name,
      region,
      stack: 'container',
      organization: team === undefined ? undefined : [{ name: team }],
    };
  }

  /** Returns a reference, which Terraform resolves once the app exists. */
  get appName(): string {
    return this.getStringAttribute('name');
  }

  /** Returns the reference that other heroku_* resources require. */
  get appId(): string {
    return this.getStringAttribute('id');
  }

  get webUrl(): string {
    return this.getStringAttribute('web_url');
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return this.#attributes;
  }
}
