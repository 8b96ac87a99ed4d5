import { expect, test } from 'vitest';
import { parseSeed } from './seed.ts';

const image = { files: { 'app/main.js': '' }, command: ['node', 'main.js'] };
const app = (fields: object) => ({ apps: [{ name: 'shop', ...fields }] });
const project = (fields: object) => ({ projects: [{ path: 'store/shop', ...fields }] });
const variable = { key: 'A', value: '1' };

test.each([
  [{ time: '2040-02-31T12:00:00Z' }, 'time must be a time'],
  [{ apps: [{ name: 'shop' }, { name: 'shop' }] }, 'apps[1] has the same name as apps[0]'],
  [app({ releases: [{}] }), 'apps[0].releases[0] changes nothing'],
  [app({ releases: [{ configVars: {} }] }), 'apps[0].releases[0] changes nothing'],
  [app({ releases: [{ description: undefined, commands: {} }] }), 'apps[0].releases[0] changes nothing'],
  [app({ releases: [{ images: { web: { layout: undefined } } }] }), 'apps[0].releases[0].images.web.layout is missing'],
  [app({ releases: [{ commands: { web: 'node x.js' } }] }), 'apps[0].releases[0].commands.web has no image yet'],
  [
    app({ releases: [{ images: { web: { ...image, files: { 'app/main.js': '', 'app/main.js/x': '' } } } }] }),
    'apps[0].releases[0].images.web.files.app/main.js is also a directory',
  ],
  [
    app({ releases: [{ images: { web: { ...image, env: ['PORT'] } } }] }),
    'apps[0].releases[0].images.web.env[0] must be of the form NAME=value',
  ],
  [{ projects: [{ path: 'store/shop' }, { path: 'Store/Shop' }] }, 'projects[1] has the same path as projects[0]'],
  [
    project({ variables: [variable, { ...variable, environment_scope: '*' }] }),
    'projects[0].variables[1] has the same key and environment scope as projects[0].variables[0]',
  ],
  [project({ variables: [{ ...variable, secret: true }] }), 'projects[0].variables[0].secret is unknown'],
  [
    project({ environments: [{ name: 'qa' }, { name: 'qa', tier: 'other' }] }),
    'projects[0].environments[1] has the same name as projects[0].environments[0]',
  ],
  [project({ environments: [{ name: 'a!' }] }), "projects[0].environments[0].name must be an environment's name"],
])('a seed with a state that no platform has is refused: %j', (seed, problem) => {
  expect(() => parseSeed(seed, 'seed')).toThrow(`the seed has 1 error:\n  ${problem}`);
});

test('the same key in other scopes, and a command after its image, are possible', () => {
  const releases = [{ images: { web: image } }, { commands: { web: 'node other.js' } }, { description: 'Attach mail' }];
  const variables = [variable, { ...variable, environment_scope: 'production' }];
  const seed = { ...app({ releases }), ...project({ variables }) };
  expect(parseSeed(seed, 'seed')).toBe(seed);
});
