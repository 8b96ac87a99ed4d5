import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient, takeImage } from '@tozo/registry-pusher';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import { buildForHandover } from './build-image.ts';
import { handoverDirectory, readHandover } from './handover-file.ts';
import { buildPaths } from './prepare-build.ts';

test('what one job builds, another takes from the layout, labeled with the commit; twice the same', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-image-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY . /app/\nCMD ["/app/main"]\n');
  await writeFile(join(directory, 'main'), 'the program');
  const config = parseConfig('{"processes": {"web": {}}, "configVars": {"SECRET": {"fromEnv": "SECRET"}}}');
  const request = {
    directory,
    config,
    project: 'shop',
    env: {},
    runReuse: { maxAge: 60, isOff: false },
    onLine: () => undefined,
  };
  const handed = await buildForHandover(request);
  // The handover isn't part of what the next build copies.
  expect(await buildForHandover(request)).toEqual(handed);
  expect(await readHandover(join(directory, handoverDirectory), undefined)).toEqual(handed);
  const registry = createRegistryClient();
  const taken = await takeImage({ ...buildPaths(directory, config), revision: 'c0ffee' }, handed, { registry });
  expect(taken.image.config.config).toMatchObject({
    Cmd: ['/app/main'],
    Labels: { 'org.opencontainers.image.revision': 'c0ffee' },
  });
  await taken.close();
  await registry.close();
});
