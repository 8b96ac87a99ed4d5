import { mkdtemp, writeFile } from 'node:fs/promises';
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
      configVars: { 'LOG LEVEL': 'info', PORT: 3000 },
    });
    expect(problems.split('\n')).toEqual([
      'deploy.json is invalid:',
      expect.stringMatching(/^ {2}app: isn't a Heroku app name: .*/),
      '  processes/web/dynos: must be 0 or more',
      '  processes/web/health/timeoutSeconds: must be a number',
      '  processes/web/health/pth: unknown key. Did you mean "path"?',
      "  configVars/LOG LEVEL: isn't a variable name: use letters, digits and _",
      expect.stringMatching(/^ {2}configVars\/PORT: must be a string, or \{ "fromEnv": "NAME" \}/),
      '  rollback: must be "auto" or "never"',
      '  prozesses: unknown key. Did you mean "processes"?',
    ]);
  });

  test('needs a process type other than release', () => {
    expect(problemsOf({ processes: { release: {} } })).toContain(
      'processes: needs a process type other than "release"',
    );
  });

  test('rejects process types that Heroku rejects', () => {
    expect(problemsOf({ processes: { web: {}, 'Web Two': {} } })).toContain("processes/Web Two: isn't a process type");
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
