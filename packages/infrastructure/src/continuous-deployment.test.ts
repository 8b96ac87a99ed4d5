import { describe, expect, it } from 'vitest';
import { ContinuousDeployment, type ContinuousDeploymentOptions } from './continuous-deployment.ts';
import { GitlabProvider, HerokuProvider } from './providers.ts';
import { renderTerraform } from './synthesize.ts';
import { App, TerraformStack } from './terraform.ts';

const shop = { app: { name: 'shop-live', region: 'us' }, project: { name: 'shop' } } as const;

interface Rendered {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly variable: Readonly<Record<string, unknown>>;
}

/** Returns a stack with both providers and these sets, as Terraform's JSON. */
function render(sets: Readonly<Record<string, ContinuousDeploymentOptions>>): Rendered {
  const stack = new TerraformStack(new App(), 'all');
  const heroku = new HerokuProvider(stack, { version: '~> 5.3' });
  const gitlab = new GitlabProvider(stack, { version: '~> 18.0' });
  expect([heroku.terraformResourceType, gitlab.terraformResourceType]).toEqual(['heroku', 'gitlab']);
  const made = Object.entries(sets).map(([id, options]) => new ContinuousDeployment(stack, id, options));
  expect(made.map(({ app }) => app.node.id)).toEqual(made.map(() => 'app'));
  return JSON.parse(renderTerraform(stack)) as Rendered;
}

describe('ContinuousDeployment', () => {
  it('renders the app, the project, its variables, the protection of main and the environment', () => {
    const { resource, variable } = render({ shop });
    expect({ resource, variable }).toMatchSnapshot();
  });

  it('accepts every option, and the settings of both resources', () => {
    const { resource } = render({
      shop: {
        app: { ...shop.app, team: 'acme', lifecycle: { preventDestroy: false } },
        project: { ...shop.project, namespaceId: 42, visibility: 'internal' },
        environmentScope: '*',
        branch: 'release/*',
        environment: 'production',
        protectedEnvironments: ['production'],
        variablePrefix: '',
      },
    });
    expect(resource).toMatchSnapshot();
  });

  it('leaves branch and environment to GitLab on request', () => {
    const { resource } = render({ shop: { ...shop, branch: false, environment: false } });
    expect(Object.keys(resource).toSorted()).toEqual(['gitlab_project', 'gitlab_project_variable', 'heroku_app']);
  });

  it('fits into a stack several times: addresses differ, and the API key is one variable', () => {
    const { resource, variable } = render({
      shop,
      blog: { app: { name: 'blog-live', region: 'eu' }, project: { name: 'blog' } },
    });
    expect(Object.keys(resource['gitlab_project_variable']!).toSorted()).toEqual(
      ['blog', 'shop'].flatMap((id) => ['app', 'token', 'username'].map((name) => `${id}_heroku_${name}`)),
    );
    expect(Object.keys(resource['gitlab_project_environment']!).toSorted()).toEqual(['blog', 'shop']);
    expect(Object.keys(variable).toSorted()).toEqual(['heroku_api_key', 'heroku_username']);
  });

  it('protects environments that differ only in their punctuation', () => {
    const names = ['production/a', 'production-a', 'production/a.b'];
    const { resource } = render({ shop: { ...shop, protectedEnvironments: names } });
    const found = resource['gitlab_project_protected_environment']!;
    expect(Object.values(found).map(({ environment }) => environment)).toEqual(expect.arrayContaining(names));
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining(['shop_production_a', expect.stringMatching(/^shop_production_a_[0-9a-f]{8}$/)]),
    );
  });

  it('rejects two sets for one app, one project or one variable', () => {
    expect(() => render({ shop, blog: shop })).toThrow(
      /gitlab_project\.blog and gitlab_project\.shop are the same: shop; heroku_app\.blog and heroku_app\.shop are the same: shop-live\. Declare/,
    );
    const other = { ...shop, app: { ...shop.app, name: 'shop-other' }, project: { name: 'shop', namespaceId: 7 } };
    expect(() => render({ shop, other })).not.toThrow();
  });

  it.each<[string, object, string]>([
    ['an environment twice', { protectedEnvironments: ['a', 'a'] }, 'names an environment twice'],
    ['an unknown option', { branches: 'main' }, 'ContinuousDeployment "shop" is invalid:\n  branches: unknown option'],
    ['no app', { app: undefined }, '  app: is required'],
    ['an app name that Heroku refuses', { app: { name: 'Shop', region: 'us' } }, "name: isn't a Heroku app name"],
    ['no region', { app: { name: 'shop-live' } }, 'region: must be one of us, eu'],
    [
      'a wildcard among protected environments',
      { protectedEnvironments: ['production/*'] },
      'matches no wildcards here',
    ],
    ['an expression as the scope', { environmentScope: '${var.scope}' }, 'must not contain ${'],
    ['a branch that Git refuses', { branch: 'a b' }, "branch: isn't a branch"],
    [
      'a prefix that Terraform refuses',
      { variablePrefix: '1_' },
      "variablePrefix: isn't the start of a Terraform name",
    ],
  ])('rejects %s', (_, options, message) => {
    expect(() => render({ shop: { ...shop, ...options } })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
