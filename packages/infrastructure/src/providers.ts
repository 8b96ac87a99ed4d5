import type { Construct } from 'constructs';
import { TerraformProvider } from './terraform.ts';

export interface HerokuProviderOptions {
  /** A version constraint: `~> 5.3`. */
  readonly version: string;
}

/**
 * The provider of heroku_* resources. It reads its API key from HEROKU_API_KEY, not from the file, and keeps the app's config
 * vars out of Terraform's state, which would contain a DATABASE_URL in plain text.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs
 */
export class HerokuProvider extends TerraformProvider {
  constructor(scope: Construct, { version }: HerokuProviderOptions) {
    super(scope, 'provider.heroku', {
      terraformResourceType: 'heroku',
      terraformProviderSource: 'heroku/heroku',
      terraformGeneratorMetadata: { providerName: 'heroku', providerVersionConstraint: version },
    });
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { customizations: [{ set_app_all_config_vars_in_state: false }] };
  }
}

export interface GitlabProviderOptions {
  readonly version: string;
  /** The API of a self-managed GitLab. Default: gitlab.com. */
  readonly baseUrl?: string | undefined;
}

/**
 * The provider of gitlab_* resources. It reads its token from GITLAB_TOKEN, which requires the scope `api`.
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs
 */
export class GitlabProvider extends TerraformProvider {
  readonly #baseUrl: string | undefined;

  constructor(scope: Construct, { version, baseUrl }: GitlabProviderOptions) {
    super(scope, 'provider.gitlab', {
      terraformResourceType: 'gitlab',
      terraformProviderSource: 'gitlabhq/gitlab',
      terraformGeneratorMetadata: { providerName: 'gitlab', providerVersionConstraint: version },
    });
    this.#baseUrl = baseUrl;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { base_url: this.#baseUrl };
  }
}
