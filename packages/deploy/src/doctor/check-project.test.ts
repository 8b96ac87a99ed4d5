import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import { checkBuild, checkConfig, checkValues } from './check-project.ts';
import { checkState } from './check-state.ts';

const newDirectory = () => mkdtemp(join(tmpdir(), "tozo doctor's "));

test('a missing deploy.json and Dockerfile come with a line that creates them', async () => {
  const directory = await newDirectory();
  const { check, config, assumed } = await checkConfig(directory, undefined, 'heroku');
  expect(config).toBeUndefined();
  expect(check.remedy).toMatch(/^echo '\{"processes": \{"web": \{\}\}\}' > '.*tozo doctor'\\''s .*deploy.json'$/);
  expect((await checkBuild(assumed!, { directory, env: {} })).check).toMatchObject({
    state: 'problem',
    remedy: expect.stringMatching(/^printf '%s\\n' 'FROM node:20-slim'/),
  });
});

test('an invalid deploy.json is shown with all its problems', async () => {
  const directory = await newDirectory();
  await writeFile(join(directory, 'deploy.json'), '{"procesess": {}}');
  const { check, config } = await checkConfig(directory, undefined, 'heroku');
  expect([check.state, check.text, config]).toEqual(['problem', expect.stringContaining('procesess'), undefined]);
});

test('environments have to be named for Heroku, and are suggested', async () => {
  const directory = await newDirectory();
  const environments = { staging: { app: 'shop-staging' }, production: { app: 'shop-live' } };
  await writeFile(join(directory, 'deploy.json'), JSON.stringify({ processes: { web: {} }, environments }));
  expect((await checkConfig(directory, undefined, 'heroku')).check.remedy).toBe('tozo doctor --environment staging');
  expect((await checkConfig(directory, 'production', 'heroku')).config?.app).toBe('shop-live');
});

test('names the variables that are missing, and never the values of others', () => {
  const config = parseConfig(
    '{"processes":{"web":{}},"configVars":{"A":{"fromEnv":"SHOP_A"},"B":{"fromEnv":"SHOP_B"},"C":"c"}}',
  );
  const env = { SHOP_A: 'a-secret-value' };
  expect(checkValues(config, env, 'heroku').remedy).toBe("export SHOP_B='…'");
  expect(checkValues(config, env, 'sandbox').remedy).toBe("printf '%s\\n' 'SHOP_B=…' >> .env.sandbox");
  const set = checkValues(config, { ...env, SHOP_B: 'another-secret' }, 'heroku');
  expect(set).toEqual({ name: 'variables', state: 'ok', text: 'set: SHOP_A, SHOP_B' });
});

test('config vars that are too large are a problem of deploy.json, whatever it reads', async () => {
  const config = parseConfig(JSON.stringify({ processes: { web: {} }, configVars: { LARGE: 'x'.repeat(65_536) } }));
  const expected = { state: 'problem', text: expect.stringContaining('LARGE'), remedy: '${EDITOR:-vi} deploy.json' };
  expect(checkValues(config, {}, 'heroku')).toMatchObject(expected);
  expect((await checkBuild(config, { directory: await newDirectory(), env: {} })).check).toMatchObject(expected);
});

test("a state directory that can't be written to is a problem within a second", async () => {
  const file = join(await newDirectory(), 'file');
  await writeFile(file, '');
  expect(await checkState(join(file, 'tozo'))).toMatchObject({ name: 'state', state: 'problem' });
  expect(await checkState(join(await newDirectory(), 'tozo'))).toMatchObject({ state: 'ok' });
});
