import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { findPlace } from './place.ts';

const sandbox = { kind: 'sandbox', text: 'sandbox' } as const;
const unnamed = parseConfig('{"processes": {"web": {}}}');
const named = parseConfig('{"app": "till", "processes": {"web": {}}}');

test.each([
  [unnamed, {}, 'shop', "the project's name", []],
  [unnamed, { HEROKU_APP: '' }, 'shop', "the project's name", []],
  [unnamed, { HEROKU_APP: 'desk' }, 'desk', 'HEROKU_APP', []],
  [named, {}, 'till', 'deploy.json', []],
  [named, { HEROKU_APP: 'desk' }, 'till', 'deploy.json', [expect.stringContaining('HEROKU_APP is desk')]],
])('in the sandbox, %j with %j is the app %s, from %s', async (config, env, app, source, warnings) => {
  const folder = await mkdtemp(join(tmpdir(), 'tozo-place-'));
  await writeFile(join(folder, 'package.json'), '{"name": "shop"}');
  const place = await findPlace(sandbox, config, folder, env);
  expect(place).toMatchObject({ app, source, warnings });
});
