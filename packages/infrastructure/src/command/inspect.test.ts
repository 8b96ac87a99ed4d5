import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { synthesize } from '../synthesize.ts';
import { App, LocalBackend, TerraformStack } from '../terraform.ts';
import { inspectInfrastructure } from './inspect.ts';
import { synthesizedFile } from './run-program.ts';

test('reads the local state where its backend has it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-inspect-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const stack = new TerraformStack(new App({ outdir: directory }), 'all');
  expect(new LocalBackend(stack, { path: '../all.tfstate' }).node.scope).toBe(stack);
  await synthesize(stack, join(directory, synthesizedFile));
  const resources = [{ mode: 'managed', type: 'heroku_app', name: 'old', instances: [{ attributes: {} }] }];
  await writeFile(join(directory, 'out/all.tfstate'), JSON.stringify({ version: 4, resources }));
  const deploy = { app: undefined, configVars: [], ciVariables: undefined };
  const inspection = await inspectInfrastructure({ directory, env: {}, deploy });
  expect(inspection?.disagreements.map(({ text }) => text)).toEqual([
    'no longer declares heroku_app.old: an apply would delete it',
  ]);
  await writeFile(join(directory, 'out/all.tfstate'), JSON.stringify({ version: 5, resources }));
  expect(await inspectInfrastructure({ directory, env: {}, deploy })).toMatchObject({
    disagreements: [{ side: 'state', text: expect.stringContaining('The state has the version 5') }],
    unknown: [],
  });
});
