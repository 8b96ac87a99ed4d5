import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectServices, openRecords, Secret } from '@tozo/deploy';
import { createRegistryClient } from '@tozo/registry-pusher';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('the record of a deploy travels through the registry to a machine without state, and leaves the tag latest alone', async () => {
  await using shop = await sandbox.runningShop();
  const { urls, apiKey } = await sandbox.connect();
  const addresses = { apiUrl: urls.heroku, registryUrl: urls.registry, hubUrl: urls.hub };
  const services = connectServices({ apiKey: new Secret(apiKey), ...addresses });
  const registry = createRegistryClient({
    endpoints: { 'registry.heroku.com': { url: urls.registry, credentials: { username: '_', password: apiKey } } },
  });
  const directory = await mkdtemp(join(tmpdir(), 'tozo-records-'));
  onTestFinished(async () => {
    await Promise.all([services.close(), registry.close(), rm(directory, { recursive: true })]);
  });
  const latest = { registry: 'registry.heroku.com', repository: `${shop.name}/web`, tag: 'latest' };
  const image = await registry.getImage(latest);
  const recordsIn = (machine: string) =>
    openRecords({
      app: shop.name,
      target: 'sandbox',
      directory: join(directory, machine),
      registry: { publisher: services.images.publisher, types: ['web'] },
    });
  const record = await recordsIn('first').latest();
  expect(record).toMatchObject({
    app: shop.name,
    images: { web: image!.imageId },
    manifests: { web: image!.manifestDigest },
  });
  const next = { ...record!, commit: 'a'.repeat(40), release: record!.release + 1 };
  expect(await recordsIn('first').write(next)).toBeUndefined();
  expect(await recordsIn('second').latest()).toEqual(next);
  expect(await recordsIn('second').find({ commit: 'a'.repeat(40) })).toEqual(next);
  expect(await registry.getImage(latest)).toEqual(image);
});
