/*
 * The attributes of the resources, as the providers document them. Terraform rejects a file that uses any other.
 * @see https://registry.terraform.io/providers/heroku/heroku/latest/docs
 * @see https://registry.terraform.io/providers/gitlabhq/gitlab/latest/docs
 */

/** How an attribute may be used. The provider sets `computed` ones. */
type Use = 'required' | 'optional' | 'computed' | 'optional computed' | 'required sensitive' | 'optional sensitive';

export interface BlockShape {
  readonly attributes: Readonly<Record<string, readonly [type: 'string' | 'bool' | 'number', use: Use]>>;
  readonly blocks?: Readonly<Record<string, BlockShape>>;
  /** Attributes that can't change in place: the provider replaces the resource. */
  readonly fixed?: readonly string[];
}

export interface ProviderShape {
  readonly provider: BlockShape;
  readonly resources: Readonly<Record<string, BlockShape>>;
}

export const heroku: ProviderShape = {
  provider: {
    attributes: { api_key: ['string', 'optional sensitive'], headers: ['string', 'optional'] },
    blocks: {
      customizations: {
        attributes: {
          set_app_all_config_vars_in_state: ['bool', 'optional'],
          set_addon_config_vars_in_state: ['bool', 'optional'],
        },
      },
    },
  },
  resources: {
    heroku_app: {
      fixed: ['region', 'space'],
      attributes: {
        id: ['string', 'computed'],
        name: ['string', 'required'],
        region: ['string', 'required'],
        stack: ['string', 'optional computed'],
        space: ['string', 'optional'],
        web_url: ['string', 'computed'],
      },
      blocks: {
        organization: {
          attributes: { name: ['string', 'required'], locked: ['bool', 'optional'], personal: ['bool', 'optional'] },
        },
      },
    },
  },
};

export const gitlab: ProviderShape = {
  provider: { attributes: { token: ['string', 'optional sensitive'], base_url: ['string', 'optional'] } },
  resources: {
    gitlab_project: {
      attributes: {
        id: ['string', 'computed'],
        name: ['string', 'required'],
        path: ['string', 'optional computed'],
        namespace_id: ['number', 'optional computed'],
        description: ['string', 'optional'],
        visibility_level: ['string', 'optional computed'],
        web_url: ['string', 'computed'],
      },
    },
    gitlab_project_variable: {
      fixed: ['project', 'key', 'environment_scope'],
      attributes: {
        id: ['string', 'computed'],
        project: ['string', 'required'],
        key: ['string', 'required'],
        value: ['string', 'required sensitive'],
        protected: ['bool', 'optional computed'],
        masked: ['bool', 'optional computed'],
        raw: ['bool', 'optional computed'],
        environment_scope: ['string', 'optional computed'],
        variable_type: ['string', 'optional computed'],
        description: ['string', 'optional'],
      },
    },
  },
};
