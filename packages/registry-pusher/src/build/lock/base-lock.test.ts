import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImageReader } from '../base-image.ts';
import { buildDirect } from '../direct/build-direct.ts';
import { contextDigest } from '../direct/check-context.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { project } from '../../testing/project.ts';
import { type Call, startRegistry } from '../../testing/registry.ts';
import type { LockMode } from './base-lock.ts';
import { formatLock, parseLock } from './lock-file.ts';

const node = 'docker.io/library/node:20';

async function app(dockerfile = 'FROM node:20\n') {
  const made = await project(dockerfile, { 'main.js': 'x' });
  const lockFile = made.file('Dockerfile.lock');
  return {
    ...made,
    lockFile,
    request: { context: made.path, dockerfile: made.file('Dockerfile') },
    use: (lock: LockMode = 'use', registry: ImageReader = made.registry) =>
      buildDirect({ context: made.path, dockerfile: made.file('Dockerfile') }, { registry, lock }),
    /** Returns the registry with another `getDigest`. */
    withGetDigest: (getDigest: ImageReader['getDigest']): ImageReader => ({
      getDigest,
      getImage: (reference) => made.registry.getImage(reference),
      readBlob: (from, descriptor) => made.registry.readBlob(from, descriptor),
    }),
    newBase: () => made.registry.putBase(node, [{ 'a/': '' }]),
  };
}

test('parses what it formats, sorted by name', () => {
  const digest = fc.string().map((text): Digest => digestOf(text));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), digest)), (entries) => {
      const pins = new Map(entries.filter(([name]) => name !== '__proto__'));
      const text = formatLock(pins);
      expect(parseLock(text, 'lock')).toEqual(pins);
      expect(parseLock(`\uFEFF${text}`, 'lock')).toEqual(pins);
      expect(formatLock(new Map([...pins].toReversed()))).toBe(text);
    }),
  );
});

test('pins the tag’s digest, uses it later, and warns about a moved tag', async () => {
  await using made = await app();
  const before = (await made.use('write')).base!;
  expect(JSON.parse(await readFile(made.lockFile, 'utf8'))).toEqual({
    version: 1,
    images: { [node]: before.manifestDigest },
  });
  expect((await made.use()).warnings).toEqual([]);

  const { manifestDigest: newer } = await made.newBase();

  const pinned = await made.use();
  expect(pinned.base).toMatchObject({ manifestDigest: before.manifestDigest });
  expect(pinned.warnings).toEqual([
    `${node} is now ${newer}; the build uses ${before.manifestDigest}, pinned in Dockerfile.lock. Pin again to use the newer one (--pin).`,
  ]);
  expect((await made.use('ignore')).base).toMatchObject({ manifestDigest: newer });
  expect((await made.use('write')).base).toMatchObject({ manifestDigest: newer });
  expect((await made.use()).warnings).toEqual([]);
});

test('pins the images of COPY --from too', async () => {
  await using made = await app('FROM node:20\nCOPY --from=tools:1 /opt /opt\n');
  const tools = 'docker.io/library/tools:1';
  const first = await made.registry.putBase(tools, [{ 'opt/': '', 'opt/tool': 'old' }]);
  const before = await made.use('write');
  expect(JSON.parse(await readFile(made.lockFile, 'utf8'))).toMatchObject({
    images: { [node]: before.base!.manifestDigest, [tools]: first.manifestDigest },
  });

  const newer = await made.registry.putBase(tools, [{ 'opt/': '', 'opt/tool': 'newer' }]);
  const pinned = await made.use();
  expect(pinned.image.imageId).toBe(before.image.imageId);
  expect(pinned.warnings).toEqual([expect.stringContaining(`${tools} is now ${newer.manifestDigest}`)]);
  expect((await made.use('ignore')).image.imageId).not.toBe(before.image.imageId);
});

test('builds the pinned image even if the tag moves during pinning', async () => {
  await using made = await app();
  const moving = made.withGetDigest(async (reference) => {
    const digest = await made.registry.getDigest(reference);
    await made.newBase();
    return digest;
  });
  const { base } = await made.use('write', moving);
  expect(JSON.parse(await readFile(made.lockFile, 'utf8'))).toEqual({
    version: 1,
    images: { [node]: base!.manifestDigest },
  });
});

test('builds a pinned image even if the tag can’t be resolved', async () => {
  await using made = await app();
  await made.use('write');
  const silent = made.withGetDigest(() => Promise.reject(new Error('too many requests')));
  expect((await made.use('use', silent)).warnings).toEqual([]);
});

test('replaces a lock file atomically; read and write errors leave nothing behind', async () => {
  await using made = await app();
  await made.use('write');
  const { ino } = await stat(made.lockFile);
  await made.use('write');
  expect((await stat(made.lockFile)).ino).not.toBe(ino);
  await rm(made.lockFile);
  await mkdir(made.lockFile);
  await expectCode(made.use(), 'LOCK_INVALID', made.lockFile, 'is a directory');
  await expectCode(made.use('write'), 'LOCK_INVALID', made.lockFile, "can't be written: EISDIR");
  expect((await readdir(made.path)).filter((name) => name.startsWith('Dockerfile.'))).toEqual(['Dockerfile.lock']);
});

test('pinning does not change the image', async () => {
  await using made = await app();
  const plain = (await made.use()).image.imageId;
  expect((await made.use('write')).image.imageId).toBe(plain);
  expect((await made.use()).image.imageId).toBe(plain);
});

test('reads bases with a digest, or without a pin, by their own reference', async () => {
  await using made = await app();
  const { manifestDigest } = (await made.use()).base!;
  await writeFile(made.file('Dockerfile'), `FROM node:20@${manifestDigest}\n`);
  await made.use('write');
  expect(JSON.parse(await readFile(made.lockFile, 'utf8'))).toEqual({ version: 1, images: {} });
  expect((await made.use()).base).toMatchObject({ manifestDigest });
});

test('reports a pinned digest that the registry no longer has', async () => {
  await using made = await app();
  await writeFile(made.lockFile, formatLock(new Map([[node, digestOf('lost')]])));
  await expectCode(made.use(), 'BASE_NOT_FOUND', 'Dockerfile.lock', node, digestOf('lost'), 'Pin again');
});

test.for([
  ['invalid JSON', '{', "isn't a JSON object"],
  ['another version', '{"version":2,"images":{}}', 'version is 2'],
  ['no images', '{"version":1}', 'no "images"'],
  ['a list of images', '{"version":1,"images":[]}', 'no "images"'],
  ['an invalid digest', `{"version":1,"images":{"${node}":"sha256:short"}}`, `"${node}" has no sha256 digest`],
] as const)('rejects a lock file with %s', async ([, text, why]) => {
  await using made = await app();
  await writeFile(made.lockFile, text);
  await expectCode(made.use(), 'LOCK_INVALID', made.lockFile, why);
});

test('the context digest covers the lock file', async () => {
  await using made = await app();
  const before = await contextDigest(made.request);
  await made.use('write');
  expect(await contextDigest(made.request)).not.toBe(before);
});

test.for([
  ['returns the digest', {}, 0],
  ['doesn’t return the digest', { namesDigests: false }, 1],
  [
    'returns an invalid digest',
    {
      namesDigests: false,
      misbehave: ({ response }: Call) => {
        response.setHeader('docker-content-digest', 'sha256:short');
        return false;
      },
    },
    1,
  ],
] as const)(
  'reads an index’s digest, without its body if possible, from a registry that %s',
  async ([, options, gets]) => {
    await using registry = await startRegistry(options);
    await using client = impatientClient();
    putOciImage(registry, 'library/node', '20');
    const index = registry.putManifest('library/node', '20', 'application/vnd.oci.image.index.v1+json', {
      manifests: [],
    });
    const reference = { registry: registry.name, repository: 'library/node', tag: '20' };

    expect(await client.getDigest(reference)).toBe(index);
    expect(await client.getDigest({ ...reference, tag: '21' })).toBeUndefined();
    expect(registry.count('GET manifest')).toBe(gets);
  },
);
