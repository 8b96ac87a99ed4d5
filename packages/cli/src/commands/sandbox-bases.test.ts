import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig, prepareBuild, resolveValues } from '@tozo/deploy';
import { expect, onTestFinished, test } from 'vitest';
import { assertStandIns, sandboxRunRule } from './sandbox-bases.ts';

const config = parseConfig('{"processes": {"web": {}}}');
const withMirror = { TOZO_DOCKER_HUB_MIRROR: 'http://127.0.0.1:5000' };

/** What a deploy to the sandbox says about a Dockerfile before it starts anything. */
async function prepareOnSandbox(dockerfile: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-project-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'Dockerfile'), dockerfile);
  const values = resolveValues(config, {});
  try {
    const rule = await sandboxRunRule(env);
    const prepared = await prepareBuild({ directory, config, values, builder: 'direct', ...rule });
    await assertStandIns(prepared, env);
    return prepared.outline.reason;
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  ['127.0.0.1:5701/base/alpine', {}],
  ['registry.gitlab.com/shop/base', {}],
  ['node:20-slim', withMirror],
  ['python:3', withMirror],
])('on the sandbox, RUN on %s is decided as anywhere else', async (base, env) => {
  expect(await prepareOnSandbox(`FROM ${base}\nRUN ls\n`, env)).toMatch(/^RUN is reused, /);
});

test('on the sandbox, RUN on a stand-in is refused with the reason and the way out', async () => {
  expect(await prepareOnSandbox('FROM node:20-slim\nRUN npm ci\n')).toContain(
    "RUN needs Docker: the sandbox's stand-in for node has no shell (set TOZO_DOCKER_HUB_MIRROR to a mirror of Docker Hub).\n",
  );
});

test.each([
  ['FROM python:3\nRUN ls\n', 'RUN needs Docker: the sandbox has no image python (set TOZO_DOCKER_HUB_MIRROR to'],
  [
    'FROM shop/base\n',
    'line 1: the sandbox has no image shop/base, only a stand-in for node. Use node:20-slim, or set',
  ],
])('an image of Docker Hub that the sandbox lacks is named: %j', async (dockerfile, message) => {
  expect(await prepareOnSandbox(dockerfile)).toContain(message);
});
