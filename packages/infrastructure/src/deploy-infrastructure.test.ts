import { describe, expect, it } from 'vitest';
import { minimalOptions, terraformOf, textOf } from './testing/make.ts';

const variable = {
  lifecycle: { create_before_destroy: true },
  environment_scope: 'production/*',
  project: '${gitlab_project.shop.id}',
  protected: true,
  raw: true,
};

describe('DeployInfrastructure', () => {
  it('renders exactly this with only the two required names', () => {
    expect(terraformOf(minimalOptions)).toEqual({
      terraform: {
        backend: { http: {} },
        required_providers: {
          gitlab: { source: 'gitlabhq/gitlab', version: '~> 18.0' },
          heroku: { source: 'heroku/heroku', version: '~> 5.3' },
        },
      },
      provider: { gitlab: [{}], heroku: [{ customizations: [{ set_app_all_config_vars_in_state: false }] }] },
      variable: {
        heroku_api_key: {
          type: 'string',
          sensitive: true,
          nullable: false,
          description:
            'The API key for deploys, stored as HEROKU_API_KEY: create one with heroku authorizations:create',
        },
        heroku_username: {
          type: 'string',
          default: '_',
          nullable: false,
          description: "The username for Heroku's registry, stored as HEROKU_USERNAME: any value works",
        },
      },
      resource: {
        heroku_app: {
          shop: { name: 'shop-live', region: 'us', stack: 'container', lifecycle: { prevent_destroy: true } },
        },
        gitlab_project: {
          shop: { name: 'shop', visibility_level: 'private', lifecycle: { prevent_destroy: true } },
        },
        gitlab_project_variable: {
          heroku_app: {
            ...variable,
            key: 'HEROKU_APP',
            value: '${heroku_app.shop.name}',
            masked: false,
            description: 'The Heroku app to deploy to',
          },
          heroku_token: {
            ...variable,
            lifecycle: {
              create_before_destroy: true,
              precondition: [
                {
                  condition: '${can(regex("^\\\\S{8,}$", var.heroku_api_key))}',
                  error_message:
                    'GitLab masks only values of at least 8 characters without whitespace: set TF_VAR_heroku_api_key without blanks and line breaks.',
                },
              ],
            },
            key: 'HEROKU_API_KEY',
            value: '${var.heroku_api_key}',
            masked: true,
            description: 'The API key for deploys',
          },
          heroku_username: {
            ...variable,
            key: 'HEROKU_USERNAME',
            value: '${var.heroku_username}',
            masked: false,
            description: "The username for Heroku's registry",
          },
        },
      },
      moved: [{ from: 'gitlab_project_variable.heroku_api_key', to: 'gitlab_project_variable.heroku_token' }],
      output: {
        app_url: { value: '${heroku_app.shop.web_url}' },
        project_url: { value: '${gitlab_project.shop.web_url}' },
      },
    });
  });

  it('contains no secret from the environment: the key comes from a sensitive variable without a default', () => {
    const key = 'HRKU-5ecret-5ecret-5ecret';
    const names = ['HEROKU_API_KEY', 'TF_VAR_heroku_api_key', 'GITLAB_TOKEN'];
    for (const name of names) process.env[name] = key;
    try {
      expect(textOf(minimalOptions)).not.toContain('5ecret');
    } finally {
      for (const name of names) delete process.env[name];
    }
    const { variable } = terraformOf(minimalOptions);
    expect(variable?.['heroku_api_key']).toMatchObject({ sensitive: true });
    expect(variable?.['heroku_api_key']).not.toHaveProperty('default');
  });

  it('renders the same text every time, on every machine', () => {
    const cwd = process.cwd();
    const first = textOf(minimalOptions);
    process.env['CDKTF_CONTEXT_JSON'] = '{"cdktfVersion":"9.9.9"}';
    try {
      expect(textOf(minimalOptions)).toBe(first);
    } finally {
      delete process.env['CDKTF_CONTEXT_JSON'];
    }
    expect(first).not.toContain(cwd);
    expect(first).not.toContain('"//"');
  });

  it('accepts a team, a group and another GitLab', () => {
    const terraform = terraformOf({
      ...minimalOptions,
      region: 'eu',
      team: 'acme',
      environmentScope: 'production',
      gitlab: {
        name: 'Shop',
        path: 'shop',
        namespaceId: 42,
        description: 'Sells things',
        visibility: 'internal',
        baseUrl: 'https://gitlab.example.com/api/v4/',
      },
    });
    expect(terraform['resource']?.['heroku_app']?.['shop']).toMatchObject({
      region: 'eu',
      organization: [{ name: 'acme' }],
    });
    expect(terraform['resource']?.['gitlab_project']?.['shop']).toEqual({
      name: 'Shop',
      path: 'shop',
      namespace_id: 42,
      description: 'Sells things',
      visibility_level: 'internal',
      lifecycle: { prevent_destroy: true },
    });
    expect(terraform['provider']?.['gitlab']).toEqual([{ base_url: 'https://gitlab.example.com/api/v4/' }]);
    const scopes = Object.values(terraform['resource']?.['gitlab_project_variable'] ?? {}).map(
      (v) => v['environment_scope'],
    );
    expect(scopes).toEqual(['production', 'production', 'production']);
  });

  it('protects environments by name (fault 191, infrastructure)', () => {
    const protectedEnvironments = ['production/shop', 'production/api'];
    const { resource } = terraformOf({ ...minimalOptions, protectedEnvironments });
    const protection = (environment: string) => ({
      environment,
      project: '${gitlab_project.shop.id}',
      deploy_access_levels_attribute: [{ access_level: 'maintainer' }],
    });
    expect(resource?.['gitlab_project_protected_environment']).toEqual({
      production_shop: protection('production/shop'),
      production_api: protection('production/api'),
    });
    expect(() => terraformOf({ ...minimalOptions, protectedEnvironments: ['production/*', 'a@b'] })).toThrow(
      /protectedEnvironments\.0: is "production\/\*", but GitLab matches no wildcards here: name each environment, such as production\/shop\n {2}protectedEnvironments\.1: isn't an environment's name/,
    );
  });

  it('imports an existing app and project', () => {
    const existing = { herokuApp: true, gitlabProject: 'acme/shop' };
    expect(terraformOf({ ...minimalOptions, existing })['import']).toEqual([
      { id: 'shop-live', to: 'heroku_app.shop' },
      { id: 'acme/shop', to: 'gitlab_project.shop' },
    ]);
  });

  it('keeps the region, name, description and visibility of what exists unless the options say otherwise (faults 185, 186, infrastructure)', () => {
    const existing = { herokuApp: true, gitlabProject: 'acme/shop' };
    const { resource } = terraformOf({ appName: 'shop-live', gitlab: {}, existing });
    expect(resource?.['heroku_app']?.['shop']).toMatchObject({
      region: 'us',
      lifecycle: { ignore_changes: ['region'] },
    });
    expect(resource?.['gitlab_project']?.['shop']).toEqual({
      name: 'shop',
      lifecycle: { prevent_destroy: true, ignore_changes: ['name', 'visibility_level', 'description'] },
    });
    const gitlab = { name: 'Shop', visibility: 'internal' } as const;
    const chosen = terraformOf({ appName: 'shop-live', region: 'eu', gitlab, existing });
    expect(chosen['resource']?.['heroku_app']?.['shop']).toMatchObject({
      region: 'eu',
      lifecycle: { prevent_destroy: true },
    });
    expect(chosen['resource']?.['gitlab_project']?.['shop']).toEqual({
      name: 'Shop',
      visibility_level: 'internal',
      lifecycle: { prevent_destroy: true, ignore_changes: ['description'] },
    });
  });

  it('imports existing variables by their current scope (fault 187, infrastructure)', () => {
    const existing = { gitlabProject: 'acme/shop', variablesScope: '*' };
    expect(terraformOf({ ...minimalOptions, existing })['import']).toEqual([
      { id: 'acme/shop', to: 'gitlab_project.shop' },
      { id: 'acme/shop:HEROKU_APP:*', to: 'gitlab_project_variable.heroku_app' },
      { id: 'acme/shop:HEROKU_API_KEY:*', to: 'gitlab_project_variable.heroku_token' },
      { id: 'acme/shop:HEROKU_USERNAME:*', to: 'gitlab_project_variable.heroku_username' },
    ]);
  });

  it('keeps its state in a file next to it and allows destruction with these options', () => {
    const terraform = terraformOf({ ...minimalOptions, backend: 'local', protectFromDestroy: false });
    expect(terraform['terraform']?.['backend']).toEqual({ local: { path: 'terraform.tfstate' } });
    expect(terraform['resource']?.['heroku_app']?.['shop']).toMatchObject({ lifecycle: { prevent_destroy: false } });
  });
});
