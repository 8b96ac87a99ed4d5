import { describe, expect, it } from 'vitest';
import { DeployInfrastructure } from './deploy-infrastructure.ts';
import { InfrastructureError } from './errors.ts';
import { type InfrastructureOptions, parseOptions, parseResourceName } from './options.ts';
import { App } from './terraform.ts';
import { least } from './testing/make.ts';

function refusalOf(options: unknown): string {
  try {
    parseOptions(options as InfrastructureOptions);
  } catch (error) {
    if (error instanceof InfrastructureError && error.code === 'OPTIONS_INVALID') return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('options', () => {
  it('are refused with everything that is wrong, each with its path', () => {
    const options = {
      appName: 'Shop_live',
      region: 'mars',
      backend: 's3',
      gitlab: { path: 'a b', namespaceId: 1.5, visibility: 'secret', baseUrl: 'http://gitlab.example.com', nmae: 'x' },
      protectFromDestroy: 'no',
      providerVersions: { heroku: 'latest' },
      apikey: 'HRKU-0000',
    };
    expect(refusalOf(options)).toBe(
      [
        `The infrastructure's options are not valid.`,
        '  appName: is not a Heroku app name: 3 to 30 lower-case letters, digits and dashes, starting with a letter',
        '  region: must be one of us, eu, dublin, frankfurt, london, montreal, mumbai, oregon, singapore, sydney, tokyo, virginia',
        '  gitlab.name: is missing',
        '  gitlab.path: is not a path: letters, digits, "_", "-" and "."',
        '  gitlab.namespaceId: must be a whole number',
        '  gitlab.visibility: must be one of private, internal, public',
        '  gitlab.baseUrl: must be an https address: a token is sent there',
        '  gitlab.nmae: is not an option',
        '  backend: must be one of gitlab, local',
        '  protectFromDestroy: must be true or false',
        '  providerVersions.heroku: is not a version constraint such as "~> 5.3"',
        '  apikey: is not an option',
      ].join('\n'),
    );
  });

  it('are refused before anything is made', () => {
    const app = new App();
    expect(() => new DeployInfrastructure(app, 'shop', { ...least, appName: '' })).toThrow(InfrastructureError);
    expect(app.node.children).toEqual([]);
  });

  it.each([undefined, null, 'shop', []])('are not %j', (options) => {
    expect(refusalOf(options)).toMatch(/options: (is missing|must be an object)/);
  });

  it.each(['ab', 'a'.repeat(31), '1shop', 'shop-', 'Shop', 'shop.live', 'shop_live', 'shop\n'])(
    'do not name an app %j',
    (appName) => {
      expect(refusalOf({ ...least, appName })).toContain('appName: is not a Heroku app name');
    },
  );

  it.each(['${file("/etc/passwd")}', 'a %{ if true }b', 'x\n${y}'])(
    'hold no expression of Terraform: %j',
    (description) => {
      expect(refusalOf({ ...least, gitlab: { name: 'shop', description } })).toContain('Terraform would read it');
    },
  );

  it.each(['~> 5.3', '5', '= 5.3.1', '>= 5.3, < 6', '!=1.2.3'])('take %j as a version', (heroku) => {
    expect(parseOptions({ ...least, providerVersions: { heroku } }).providerVersions).toEqual({
      heroku,
      gitlab: '~> 18.0',
    });
  });

  it.each(['', '~>', 'v5', '5.3.', '>= 5,', '1.2.3.4', '5 || 6'])('do not take %j as a version', (heroku) => {
    expect(refusalOf({ ...least, providerVersions: { heroku } })).toContain('is not a version constraint');
  });

  it('have a default for all but two', () => {
    expect(parseOptions(least)).toEqual({
      appName: 'shop-live',
      region: 'us',
      gitlab: { name: 'shop', visibility: 'private' },
      environmentScope: '*',
      backend: 'gitlab',
      existing: {},
      protectFromDestroy: true,
      providerVersions: { heroku: '~> 5.3', gitlab: '~> 18.0' },
    });
  });
});

describe('the name of resources', () => {
  it.each(['', '1shop', 'my shop', 'shop.live', 'shop"', '${x}'])('is not %j', (name) => {
    expect(() => parseResourceName(name)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
  });

  it('is letters, digits, _ and -', () => {
    expect(parseResourceName('shop_live-2')).toBe('shop_live-2');
  });
});
