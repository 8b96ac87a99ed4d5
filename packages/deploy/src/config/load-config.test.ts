import { execFileSync } from 'node:child_process';
import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig, parseConfig } from './load-config.ts';
import { deployConfigSchema } from './schema.ts';

function problemsOf(value: unknown): string {
  try {
    parseConfig(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    return (error as Error).message;
  }
  return 'no problem';
}

describe('an invalid deploy.json', () => {
  test('says what to write when it is missing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tozo-config-'));
    await expect(loadConfig(directory)).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
      message: expect.stringContaining('{"processes": {"web": {}}}'),
    });
  });

  test('says where it is not JSON', () => {
    expect(problemsOf('{ "app": ')).toMatch(/deploy\.json isn't valid JSON: .*JSON/);
  });

  test('lists all problems, each with its path', () => {
    const problems = problemsOf({
      app: 'Shop',
      prozesses: {},
      processes: { web: { health: { pth: '/', timeoutSeconds: 'long' }, dynos: -1 } },
      rollback: 'maybe',
      configVars: { 'LOG LEVEL': 'info', RETRIES: 3 },
    });
    expect(problems.split('\n')).toEqual([
      'deploy.json is invalid:',
      '  processes/web/health/pth: unknown key. Did you mean "path"?',
      '  prozesses: unknown key. Did you mean "processes"?',
      expect.stringMatching(/^ {2}app: isn't a Heroku app name: .*/),
      '  processes/web/dynos: must be 0 or more',
      '  processes/web/health/timeoutSeconds: must be a number',
      "  configVars/LOG LEVEL: isn't a variable name: use letters, digits and _",
      expect.stringMatching(/^ {2}configVars\/RETRIES: must be a string, or \{ "fromEnv": "NAME" \}/),
      '  rollback: must be "auto" or "never"',
    ]);
  });

  test('says what a misspelled key was meant to be, and not that this one is missing', () => {
    expect(problemsOf({ proceses: { web: {} }, environments: { live: { ap: 'shop' } } }).split('\n')).toEqual([
      'deploy.json is invalid:',
      expect.stringMatching(/^ {2}environments\/live\/ap: unknown key\. Did you mean "app"\?$/),
      '  proceses: unknown key. Did you mean "processes"?',
    ]);
    expect(problemsOf({ proceses: {}, processes: 5 })).toContain('processes: must be an object');
    expect(problemsOf({})).toContain('processes: must be an object');
  });

  test.each([
    [{ configVars: { PORT: '3000' } }, 'configVars/PORT'],
    [{ environments: { live: { app: 'shop', configVars: { PORT: '3000' } } } }, 'environments/live/configVars/PORT'],
  ])('refuses the config var PORT, which Heroku sets: %j', (config, path) => {
    expect(problemsOf({ processes: { web: {} }, ...config })).toContain(
      `${path}: can't be declared: Heroku sets PORT for each dyno`,
    );
  });

  test('needs a process type other than release', () => {
    expect(problemsOf({ processes: { release: {} } })).toContain(
      'processes: needs a process type other than "release"',
    );
  });

  test('rejects process types that Heroku rejects', () => {
    expect(problemsOf({ processes: { web: {}, 'Web Two': {} } })).toContain("processes/Web Two: isn't a process type");
  });

  test.each([
    ['{"processes": {"web": {}}, "configVars": {"__proto__": "x"}}', 'configVars/__proto__: is a reserved name'],
    ['{"processes": {"web": {}}, "configVars": {"constructor": "x"}}', 'configVars/constructor: is a reserved name'],
    ['{"processes": {"web": {}, "__proto__": {}}}', 'processes/__proto__: is a reserved name'],
    ['{"processes": {"constructor": {}}}', 'processes/constructor: is a reserved name'],
    [
      '{"processes": {"web": {}}, "environments": {"__proto__": {"app": "shop"}}}',
      'environments/__proto__: is a reserved',
    ],
    [
      '{"processes": {"web": {}}, "environments": {"constructor": {"app": "shop"}}}',
      'environments/constructor: is a res',
    ],
    ['{"processes": {"web": {}}, "buildArgs": {"A": {"fromEnv": "constructor"}}}', 'buildArgs/A'],
    ['{"processes": {"web": {}}, "__proto__": {"app": "shop"}}', '__proto__: is a reserved name'],
  ])('refuses %s by name (fault 174, deploy)', (json, problem) => {
    expect(problemsOf(json)).toContain(problem);
  });

  test.each([
    ['a NUL', '{"processes": {"web": {}}, "configVars": {"KEY": "a\\u0000b"}}', 'configVars/KEY: contains a NUL'],
    [
      'a lone surrogate',
      '{"processes": {"web": {}}, "configVars": {"KEY": "\\ud83d"}}',
      'configVars/KEY: contains half',
    ],
    [
      'a NUL in a build arg',
      '{"processes": {"web": {}}, "buildArgs": {"KEY": "\\u0000"}}',
      'buildArgs/KEY: contains a NUL',
    ],
    [
      'a NUL in a command',
      '{"processes": {"web": {"command": ["a\\u0000"]}}}',
      'processes/web/command/0: contains a NUL',
    ],
  ])('refuses %s by name (fault 122, deploy)', (_, json, problem) => {
    expect(problemsOf(json)).toContain(problem);
  });

  test('stays readable however deep it is nested', () => {
    expect(problemsOf('['.repeat(100_000) + ']'.repeat(100_000))).toContain('deploy.json: must be an object');
  });

  test('that is a pipe, a device or endless is refused at once (fault 172, deploy)', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tozo-config-'));
    execFileSync('mkfifo', [join(directory, 'deploy.json')]);
    await expect(loadConfig(directory)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/deploy\.json is a pipe, a device or a socket/),
    });
    const device = await mkdtemp(join(tmpdir(), 'tozo-config-'));
    await symlink('/dev/zero', join(device, 'deploy.json'));
    await expect(loadConfig(device)).rejects.toThrow(/deploy\.json is a pipe, a device or a socket/);
    const large = await mkdtemp(join(tmpdir(), 'tozo-config-'));
    await writeFile(join(large, 'deploy.json'), ' '.repeat(1024 * 1024 + 1));
    await expect(loadConfig(large)).rejects.toThrow(/deploy\.json is larger than 1 MiB/);
  });

  test.each([
    ['a path on another host', { path: '//example.com/' }],
    ['a path without a slash', { path: 'health' }],
    ['a status that is none', { status: 99 }],
    ['no successes', { successes: 0 }],
    ['an empty text', { bodyIncludes: '' }],
  ])('refuses a health check with %s', (_, health) => {
    expect(problemsOf({ processes: { web: { health } } })).toContain(
      `processes/web/health/${Object.keys(health)[0]}: `,
    );
  });

  test.each([
    [
      'an unknown environment before it',
      { production: { app: 'shop', after: { environment: 'stage', within: '1h' } } },
      /production\/after\/environment: isn't an environment of this file: use production/,
    ],
    [
      'itself before it',
      { live: { app: 'shop', after: { environment: 'live', within: '1h' } } },
      /live\/after\/environment: comes after this environment itself/,
    ],
    [
      'no time',
      { a: { app: 'shop-a' }, b: { app: 'shop-b', after: { environment: 'a', within: 'a day' } } },
      /environments\/b\/after\/within: must be a number of minutes/,
    ],
    [
      'another one’s app',
      { a: { app: 'shop' }, b: { app: 'shop' } },
      /environments\/b\/app: is the app of the environment a already/,
    ],
    ['no app', { a: {} }, /environments\/a\/app: must be a string/],
    [
      'a key that is none',
      { a: { app: 'shop', aftr: {} } },
      /environments\/a\/aftr: unknown key. Did you mean "after"\?/,
    ],
  ])('refuses an environment with %s', (_, environments, problem) => {
    expect(problemsOf({ processes: { web: {} }, environments })).toMatch(problem);
  });

  test('rejects an array', () => {
    expect(problemsOf([])).toContain('deploy.json: must be an object');
  });
});

test('fills in the defaults', () => {
  expect(parseConfig('{"processes": {"web": {}}}')).toEqual({
    dockerfile: 'Dockerfile',
    context: '.',
    builder: 'auto',
    buildCache: false,
    buildArgs: {},
    buildSecrets: {},
    processes: { web: {} },
    configVars: {},
    rollback: 'auto',
  });
});

test('ignores a byte order mark', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-config-'));
  await writeFile(join(directory, 'deploy.json'), '\uFEFF{"processes": {"web": {}}}');
  await expect(loadConfig(directory)).resolves.toMatchObject({ processes: { web: {} } });
});

test('the published JSON schema is the enforced one', async () => {
  const schema = z.toJSONSchema(deployConfigSchema, { io: 'input' });
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../deploy.schema.json');
});
