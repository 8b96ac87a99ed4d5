import type { Construct } from 'constructs';
import { type TerraformMetaArguments, TerraformResource } from './terraform.ts';

export interface HerokuAppOptions extends TerraformMetaArguments {
  readonly name: string;
  readonly region: string;
  /** The team that owns it. */
  readonly team?: string | undefined;
}

/**
 * A heroku_app on the stack `container`, the one that runs images. It owns no config vars: those are deploy.json's, the
 * add-ons' or a person's, and Terraform leaves what it does not name alone.
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

  /** References, known to Terraform once the app is made; `appId` is what other heroku_* resources want. */
  get appName(): string {
    return this.getStringAttribute('name');
  }

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
