import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { deployConfigSchema } from './schema.ts';
import { loadConfig, parseConfig } from './load-config.ts';

function problemsOf(value: unknown): string {
  try {
    parseConfig(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (error) {
    return (error as Error).message;
  }
  return 'no problem';
}

describe('a deploy.json that cannot be used', () => {
  test('is missing: the message says what to write', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tozo-config-'));
    await expect(loadConfig(folder)).rejects.toMatchObject({
      code: 'CONFIG_MISSING',
      message: expect.stringContaining('{"processes": {"web": {}}}'),
    });
  });

  test('is not JSON: the message names the place', () => {
    expect(problemsOf('{ "app": ')).toMatch(/deploy\.json is not JSON: .*JSON/);
  });

  test('has several problems: all are told at once, each with its path', () => {
    const problems = problemsOf({
      app: 'Shop',
      prozesses: {},
      processes: { web: { health: { pth: '/', timeoutSeconds: 'long' }, dynos: -1 } },
      rollback: 'maybe',
      configVars: { 'LOG LEVEL': 'info', PORT: 3000 },
    });
    expect(problems.split('\n')).toEqual([
      'deploy.json cannot be used:',
      expect.stringMatching(/^ {2}app: is not a Heroku app name: .*/),
      '  processes/web/dynos: must be 0 or more',
      '  processes/web/health/timeoutSeconds: must be a number',
      '  processes/web/health/pth: is not known here. Did you mean "path"?',
      '  configVars/LOG LEVEL: is not a name for a variable: letters, digits and _',
      expect.stringMatching(/^ {2}configVars\/PORT: must be a text, or \{ "fromEnv": "NAME" \}/),
      '  rollback: must be "auto" or "never"',
      '  prozesses: is not known here. Did you mean "processes"?',
    ]);
  });

  test('has no process that runs', () => {
    expect(problemsOf({ processes: { release: {} } })).toContain(
      'processes: needs at least one process type that runs',
    );
  });

  test('has a process type that Heroku does not take', () => {
    expect(problemsOf({ processes: { web: {}, 'Web Two': {} } })).toContain('processes/Web Two: is not a process type');
  });

  test('is a list instead of an object', () => {
    expect(problemsOf([])).toContain('deploy.json: must be an object');
  });
});

test('the smallest deploy.json gets its defaults', () => {
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

test('a byte order mark does no harm', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tozo-config-'));
  await writeFile(join(folder, 'deploy.json'), '\uFEFF{"processes": {"web": {}}}');
  await expect(loadConfig(folder)).resolves.toMatchObject({ processes: { web: {} } });
});

test('the published JSON schema is the one that is enforced', async () => {
  const schema = z.toJSONSchema(deployConfigSchema, { io: 'input' });
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot('../../deploy.schema.json');
});
