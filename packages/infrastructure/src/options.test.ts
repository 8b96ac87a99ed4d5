import { describe, expect, it } from 'vitest';
import { DeployInfrastructure } from './deploy-infrastructure.ts';
import { InfrastructureError } from './errors.ts';
import { type InfrastructureOptions, parseOptions, parseResourceName } from './options.ts';
import { App } from './terraform.ts';
import { minimalOptions } from './testing/make.ts';

function problemOf(options: unknown): string {
  try {
    parseOptions(options as InfrastructureOptions);
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'OPTIONS_INVALID') return error.message;
    throw error;
  }
  throw new Error('Expected an error.');
}

describe('parseOptions', () => {
  it('reports all problems, each with its path', () => {
    const options = {
      appName: 'Shop_live',
      region: 'mars',
      backend: 's3',
      gitlab: { path: 'a b', namespaceId: 1.5, visibility: 'secret', baseUrl: 'http://gitlab.example.com', nmae: 'x' },
      protectFromDestroy: 'no',
      providerVersions: { heroku: 'latest' },
      apikey: 'HRKU-0000',
    };
    expect(problemOf(options)).toBe(
      [
        `The infrastructure's options are invalid:`,
        "  appName: isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter",
        '  region: must be one of us, eu, dublin, frankfurt, london, montreal, mumbai, oregon, singapore, sydney, tokyo, virginia',
        '  gitlab.path: isn\'t a path: use letters, digits, "_", "-" and "."',
        '  gitlab.namespaceId: must be an integer',
        '  gitlab.visibility: must be one of private, internal, public',
        '  gitlab.baseUrl: must be an https URL, because it receives a token',
        '  gitlab.nmae: unknown option',
        '  backend: must be one of gitlab, local',
        '  protectFromDestroy: must be true or false',
        '  providerVersions.heroku: isn\'t a version constraint: use one such as "~> 5.3"',
        '  apikey: unknown option',
      ].join('\n'),
    );
  });

  it('requires a name for a new project, and an existing project for existing variables', () => {
    expect(problemOf({ appName: 'shop-live', gitlab: {}, existing: { variablesScope: '*' } })).toBe(
      [
        `The infrastructure's options are invalid:`,
        '  gitlab.name: is required for a new project',
        '  existing.gitlabProject: is required with existing.variablesScope: a new project has no variables',
      ].join('\n'),
    );
  });

  it('rejects invalid options before it creates anything', () => {
    const app = new App();
    expect(() => new DeployInfrastructure(app, 'shop', { ...minimalOptions, appName: '' })).toThrow(
      InfrastructureError,
    );
    expect(app.node.children).toEqual([]);
  });

  it.each([undefined, null, 'shop', []])('rejects %j as options', (options) => {
    expect(problemOf(options)).toMatch(/options: (is required|must be an object)/);
  });

  it.each(['ab', 'a'.repeat(31), '1shop', 'shop-', 'Shop', 'shop.live', 'shop_live', 'shop\n'])(
    'rejects %j as an app name',
    (appName) => {
      expect(problemOf({ ...minimalOptions, appName })).toContain("appName: isn't a Heroku app name");
    },
  );

  it.each(['${file("/etc/passwd")}', 'a %{ if true }b', 'x\n${y}'])(
    'rejects a Terraform expression: %j',
    (description) => {
      expect(problemOf({ ...minimalOptions, gitlab: { name: 'shop', description } })).toContain(
        'which Terraform evaluates',
      );
    },
  );

  it.each([
    [{ environmentScope: 'a'.repeat(256) }, 'environmentScope: is longer than the 255'],
    [{ team: 'my team' }, "team: isn't a Heroku team's name"],
    [{ gitlab: { name: '<script>' } }, "gitlab.name: isn't a project's name"],
    [{ gitlab: { name: 'shop', path: 'shop.git' } }, "gitlab.path: isn't a path: it must not end in .git"],
    [{ gitlab: { name: 'shop', description: 'a'.repeat(2001) } }, 'gitlab.description: is longer than the 2000'],
    [{ existing: { gitlabProject: 'a b' } }, "existing.gitlabProject: isn't a project's path"],
    [{ existing: { gitlabProject: 'a/b', variablesScope: 'a*b' } }, "variablesScope: isn't an environment scope"],
  ])('rejects what Heroku or GitLab refuse: %j', (options, problem) => {
    expect(problemOf({ ...minimalOptions, ...options })).toContain(problem);
  });

  it.each(['Shop', 'Mein Läden-Shop 2.0', '🛒 shop', '_shop'])('accepts %j as a project’s name', (name) => {
    expect(parseOptions({ ...minimalOptions, gitlab: { name } }).gitlab.name).toBe(name);
  });

  it.each(['~> 5.3', '5', '= 5.3.1', '>= 5.3, < 6', '!=1.2.3'])('accepts %j as a version', (heroku) => {
    expect(parseOptions({ ...minimalOptions, providerVersions: { heroku } }).providerVersions).toEqual({
      heroku,
      gitlab: '~> 18.0',
    });
  });

  it.each(['', '~>', 'v5', '5.3.', '>= 5,', '1.2.3.4', '5 || 6'])('rejects %j as a version', (heroku) => {
    expect(problemOf({ ...minimalOptions, providerVersions: { heroku } })).toContain("isn't a version constraint");
  });

  it('adds defaults for all but two options', () => {
    expect(parseOptions(minimalOptions)).toEqual({
      appName: 'shop-live',
      gitlab: { name: 'shop' },
      environmentScope: 'production/*',
      protectedEnvironments: [],
      backend: 'gitlab',
      existing: {},
      protectFromDestroy: true,
      providerVersions: { heroku: '~> 5.3', gitlab: '~> 18.0' },
    });
  });
});

describe('parseResourceName', () => {
  it.each(['', '1shop', 'my shop', 'shop.live', 'shop"', '${x}'])('rejects %j', (name) => {
    expect(() => parseResourceName(name)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });

  it('accepts letters, digits, _ and -', () => {
    expect(parseResourceName('shop_live-2')).toBe('shop_live-2');
  });
});
