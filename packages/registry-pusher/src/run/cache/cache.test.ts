import { expect, test } from 'vitest';
import { noFacts } from '../../build/base/facts.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { blobOf } from '../../image/blob.ts';
import { digestOf } from '../../image/digest.ts';
import { imageOf } from '../../image/image.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';
import { gzipSync } from 'node:zlib';
import type { CacheEntry, StoredEntry } from './cache-entry.ts';
import { cacheImageOf, pruneEntries } from './cache-image.ts';
import { type CachePlace, gitlabCachePlace, namedCachePlace } from './cache-place.ts';
import { readCache, writeCache } from './cache-repository.ts';

const now = 2_000_000_000;
const secret = 'a secret of the protected branch';

function entry(name: string, at = now): CacheEntry {
  const blob = blobOf(mediaTypes.dockerLayerGzip, gzipSync(name));
  const run = { at, executor: 'chroot', parts: { 'package.json': 'aa' } };
  const record = { sourceDigest: digestOf(`key of ${name}`), facts: noFacts, files: 1, size: 1, run };
  return { text: `RUN ${name}`, record, base: digestOf('base'), layer: { kind: 'blob', diffId: digestOf(name), blob } };
}

async function registryWithPlace(change: Partial<CachePlace> = {}) {
  const server = await startRegistry();
  const client = impatientClient();
  const reference = { registry: server.name, repository: 'shop/cache', tag: 'shop-main' };
  const place: CachePlace = {
    from: [reference],
    to: reference,
    scope: 'shop',
    secret,
    needsSignature: true,
    ...change,
  };
  const skipped: string[] = [];
  const options = { onSkipped: (reason: string) => skipped.push(reason) };
  const write = (own: readonly CacheEntry[], to = place, earlier: readonly StoredEntry[] = []) =>
    writeCache(client, to, { own, earlier, oldest: 0 }, options);
  const read = async (from = place) => (await readCache(client, from, options)).map(({ text }) => text);
  const close = async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, client, reference, place, skipped, options, write, read, [Symbol.asyncDispose]: close };
}

test('a signed entry comes back with its record and the place of its layer', async () => {
  await using cache = await registryWithPlace();
  const written = entry('npm ci');
  await cache.write([written]);
  const [read] = await readCache(cache.client, cache.place, cache.options);
  expect(read).toMatchObject({ text: written.text, record: written.record });
  expect(read!.layer).toMatchObject({
    kind: 'stored',
    diffId: written.layer!.diffId,
    from: { repository: 'shop/cache' },
  });
  expect(cache.skipped).toEqual([]);
});

test('a second build that used the same entries sends nothing', async () => {
  await using cache = await registryWithPlace();
  await cache.write([entry('npm ci')]);
  const earlier = await readCache(cache.client, cache.place, cache.options);
  const calls = cache.server.calls.length;
  await cache.write(earlier, cache.place, earlier);
  expect(cache.server.calls.length).toBe(calls);
});

test.each<[what: string, forge: (entry: CacheEntry) => CacheEntry]>([
  ['another layer', (each) => ({ ...each, layer: entry('evil').layer! })],
  ['another diff ID', (each) => ({ ...each, layer: { ...each.layer!, diffId: digestOf('evil') } })],
  ['a younger age', (each) => ({ ...each, record: { ...each.record, run: { ...each.record.run!, at: now + 1 } } })],
  ['another key', (each) => ({ ...each, record: { ...each.record, sourceDigest: digestOf('evil') } })],
  ['other facts', (each) => ({ ...each, record: { ...each.record, facts: { paths: {}, owners: { node: '0:0' } } } })],
  ['another base', (each) => ({ ...each, base: digestOf('evil') })],
  ['another instruction', (each) => ({ ...each, text: 'RUN evil' })],
])('a protected branch refuses an entry with %s', async (_, forge) => {
  await using cache = await registryWithPlace();
  const good = entry('npm ci');
  const { config } = cacheImageOf([good], 'shop', secret);
  const forged = cacheImageOf([forge(good)], 'shop', undefined);
  const signature = config.history![0]!['signature'];
  const history = [{ ...forged.config.history![0]!, signature }];
  await cache.client.push(imageOf({ ...forged.config, history }, forged.layers), cache.reference);
  expect(await cache.read()).toEqual([]);
  expect(cache.skipped).toEqual([expect.stringContaining("1 of its entries isn't signed with TOZO_CACHE_KEY")]);
});

test('a protected branch takes the signed entries among others', async () => {
  await using cache = await registryWithPlace();
  const signed = cacheImageOf([entry('good')], 'shop', secret);
  const evil = cacheImageOf([entry('evil')], 'shop', 'a guess of the secret');
  const config = {
    ...signed.config,
    rootfs: { type: 'layers' as const, diff_ids: [...evil.config.rootfs.diff_ids, ...signed.config.rootfs.diff_ids] },
    history: [...evil.config.history!, ...signed.config.history!],
  };
  await cache.client.push(imageOf(config, [...evil.layers, ...signed.layers]), cache.reference);
  expect(await cache.read()).toEqual(['RUN good']);
});

test('a protected branch without the secret neither reads nor writes', async () => {
  await using cache = await registryWithPlace({ secret: undefined });
  await cache.write([entry('npm ci')]);
  expect(await cache.read()).toEqual([]);
  expect(cache.server.calls).toEqual([]);
  expect(cache.skipped).toEqual([expect.stringContaining('Set TOZO_CACHE_KEY as a protected, masked variable')]);
});

test('another branch reads and writes entries without a signature', async () => {
  await using cache = await registryWithPlace({ secret: undefined, needsSignature: false });
  await cache.write([entry('npm ci')]);
  expect(await cache.read()).toEqual(['RUN npm ci']);
});

test('an entry of another app counts for nothing, even where it is signed', async () => {
  await using cache = await registryWithPlace();
  await cache.write([entry('npm ci')], { ...cache.place, scope: 'api' });
  expect(await cache.read()).toEqual([]);
  expect(cache.skipped).toEqual([expect.stringContaining("isn't a cache of this app")]);
});

test('an image that is no cache, or whose history lies, is left out', async () => {
  await using cache = await registryWithPlace({ secret: undefined, needsSignature: false });
  const { config, layers } = cacheImageOf([entry('a'), entry('b')], 'shop', undefined);
  await cache.client.push(imageOf({ ...config, history: config.history!.slice(1) }, layers), cache.reference);
  expect(await cache.read()).toEqual([]);
  await cache.client.push(imageOf({ ...config, config: {} }, layers), cache.reference);
  expect(await cache.read()).toEqual([]);
  expect(cache.skipped).toEqual([
    expect.stringContaining('its history and its layers differ in number'),
    expect.stringContaining("isn't a cache of this app"),
  ]);
});

test('a manifest that is half written, or a registry that is gone, never ends the job', async () => {
  await using cache = await registryWithPlace({ secret: undefined, needsSignature: false });
  cache.server.manifests.set('shop/cache:shop-main', {
    type: mediaTypes.dockerManifest,
    bytes: Buffer.from('{"schemaVersion":2,'),
  });
  expect(await cache.read()).toEqual([]);
  await cache.server[Symbol.asyncDispose]();
  expect(await cache.read()).toEqual([]);
  await cache.write([entry('npm ci')]);
  expect(cache.skipped).toHaveLength(3);
  expect(cache.skipped[2]).toMatch(/^can't write the cache /);
});

test('keeps what this build used, then the newest, and drops what is too old', () => {
  const others = [entry('old', now - 100), entry('newer', now - 10), entry('newest', now - 1)];
  const kept = pruneEntries([entry('own', now - 1000)], others, now - 50);
  expect(kept.map(({ text }) => text)).toEqual(['RUN own', 'RUN newest', 'RUN newer']);
  const many = Array.from({ length: 200 }, (_, index) => entry(`${index}`, now - index));
  expect(pruneEntries([], many, 0)).toHaveLength(96);
});

const gitlab = {
  GITLAB_CI: 'true',
  CI_REGISTRY_IMAGE: 'registry.gitlab.example/team/shop',
  CI_REGISTRY_PASSWORD: 'token',
  CI_DEFAULT_BRANCH: 'main',
  CI_COMMIT_REF_NAME: 'feature/a',
};
const tags = (env: Record<string, string>) =>
  gitlabCachePlace({ ...gitlab, ...env }, 'shop')!.from.map(({ tag }) => tag!);

test('in GitLab, the cache is in the project’s registry: the branch’s own, then the default branch’s', () => {
  const place = gitlabCachePlace(gitlab, 'shop')!;
  expect(place).toMatchObject({ scope: 'shop', needsSignature: false, secret: undefined });
  expect(place.from.map(({ repository, tag }) => `${repository}:${tag}`)).toEqual([
    expect.stringMatching(/^team\/shop\/cache:shop-feature-a-[0-9a-f]{12}$/),
    expect.stringMatching(/^team\/shop\/cache:shop-main-[0-9a-f]{12}$/),
  ]);
  expect(place.to).toBe(place.from[0]);
  expect(gitlabCachePlace({ ...gitlab, CI_REGISTRY_PASSWORD: '' }, 'shop')).toBeUndefined();
  expect(gitlabCachePlace({}, 'shop')).toBeUndefined();
});

test('every branch and every merge request has a tag of its own', () => {
  const refs = ['feature/a', 'feature-a', 'Feature/A', 'main', 'Main', 'x'.repeat(300)];
  const own = refs.map((CI_COMMIT_REF_NAME) => tags({ CI_COMMIT_REF_NAME })[0]!);
  const fork = tags({ CI_COMMIT_REF_NAME: 'main', CI_MERGE_REQUEST_IID: '7' })[0]!;
  expect(new Set([...own, fork]).size).toBe(refs.length + 1);
  for (const tag of [...own, fork]) expect(tag).toMatch(/^[a-z0-9][a-z0-9-]{0,127}$/);
});

test('whoever can sign also verifies', () => {
  expect(gitlabCachePlace({ ...gitlab, CI_COMMIT_REF_PROTECTED: 'true' }, 'shop')).toMatchObject({
    needsSignature: true,
  });
  expect(gitlabCachePlace({ ...gitlab, TOZO_CACHE_KEY: secret }, 'shop')).toMatchObject({
    needsSignature: true,
    secret,
  });
  expect(() => gitlabCachePlace({ ...gitlab, TOZO_CACHE_KEY: 'short' }, 'shop')).toThrow('shorter than 16 characters');
});

test('--cache-to and --cache-from name places, with a tag or without', () => {
  const place = namedCachePlace({ from: ['localhost:5000/c:x'], to: 'localhost:5000/c' }, gitlab, 'shop');
  expect(place.from).toMatchObject([{ repository: 'c', tag: 'x' }]);
  expect(place.to!.tag).toMatch(/^shop-feature-a-/);
  expect(namedCachePlace({ from: [], to: 'localhost:5000/c:y' }, {}, 'shop').from).toMatchObject([{ tag: 'y' }]);
  expect(namedCachePlace({ from: ['localhost:5000/c:x'], to: undefined }, {}, 'shop').to).toBeUndefined();
});
