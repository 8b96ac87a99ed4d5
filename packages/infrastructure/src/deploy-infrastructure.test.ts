import { describe, expect, it } from 'vitest';
import { least, terraformOf, textOf } from './testing/make.ts';

const variable = { environment_scope: '*', project: '${gitlab_project.shop.id}', protected: true, raw: true };

describe('the infrastructure of a deploy', () => {
  it('is exactly this, with nothing but the two names given', () => {
    expect(terraformOf(least)).toEqual({
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
            'The key that deploys, for the variable HEROKU_API_KEY: make one with heroku authorizations:create',
          validation: [
            {
              condition: '${can(regex("^\\\\S{8,}$", var.heroku_api_key))}',
              error_message: 'GitLab masks only values of 8 characters or more without white space.',
            },
          ],
        },
        heroku_username: {
          type: 'string',
          default: '_',
          nullable: false,
          description: "The user name for Heroku's registry, for the variable HEROKU_USERNAME: any will do",
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
            description: 'The Heroku app that is deployed to',
          },
          heroku_api_key: {
            ...variable,
            key: 'HEROKU_API_KEY',
            value: '${var.heroku_api_key}',
            masked: true,
            description: 'The key that deploys',
          },
          heroku_username: {
            ...variable,
            key: 'HEROKU_USERNAME',
            value: '${var.heroku_username}',
            masked: false,
            description: "The user name for Heroku's registry",
          },
        },
      },
      output: {
        app_url: { value: '${heroku_app.shop.web_url}' },
        project_url: { value: '${gitlab_project.shop.web_url}' },
      },
    });
  });

  it('holds no secret: the key comes from a sensitive variable without a default, whatever the environment holds', () => {
    const key = 'HRKU-5ecret-5ecret-5ecret';
    const names = ['HEROKU_API_KEY', 'TF_VAR_heroku_api_key', 'GITLAB_TOKEN'];
    for (const name of names) process.env[name] = key;
    try {
      expect(textOf(least)).not.toContain('5ecret');
    } finally {
      for (const name of names) delete process.env[name];
    }
    const { variable } = terraformOf(least);
    expect(variable?.['heroku_api_key']).toMatchObject({ sensitive: true });
    expect(variable?.['heroku_api_key']).not.toHaveProperty('default');
  });

  it('is the same text each time, and on every machine', () => {
    const cwd = process.cwd();
    const first = textOf(least);
    process.env['CDKTF_CONTEXT_JSON'] = '{"cdktfVersion":"9.9.9"}';
    try {
      expect(textOf(least)).toBe(first);
    } finally {
      delete process.env['CDKTF_CONTEXT_JSON'];
    }
    expect(first).not.toContain(cwd);
    expect(first).not.toContain('"//"');
  });

  it('belongs to a team, a group and a GitLab of one’s own when they are given', () => {
    const terraform = terraformOf({
      ...least,
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

  it('takes over what is there already', () => {
    const existing = { herokuApp: true, gitlabProject: 'acme/shop' };
    expect(terraformOf({ ...least, existing })['import']).toEqual([
      { id: 'shop-live', to: 'heroku_app.shop' },
      { id: 'acme/shop', to: 'gitlab_project.shop' },
    ]);
  });

  it('keeps its state in a file beside it, and may be destroyed, when told so', () => {
    const terraform = terraformOf({ ...least, backend: 'local', protectFromDestroy: false });
    expect(terraform['terraform']?.['backend']).toEqual({ local: { path: 'terraform.tfstate' } });
    expect(terraform['resource']?.['heroku_app']?.['shop']).toMatchObject({ lifecycle: { prevent_destroy: false } });
  });
});
