import { expect, test } from 'vitest';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import { RegistryPusherError, type RegistryPusherErrorCode } from '../image/errors.ts';
import { defaultPlatform } from '../image/platform.ts';
import { putOciImage } from '../testing/images.ts';
import { impatientClient } from '../testing/impatient.ts';
import { app, appFiles, project } from '../testing/project.ts';
import { type MemoryRegistry, respond, startRegistry } from '../testing/registry.ts';
import { findPreviousImage } from './previous-image.ts';

const platform = defaultPlatform;
const target = ({ name }: { name: string }, tag = 'latest') => ({ registry: name, repository: 'shop/web', tag });

test.each<[what: string, put: (registry: MemoryRegistry) => unknown, why: string]>([
  ['for arm64', (registry) => putOciImage(registry, 'shop/web', 'latest', { architecture: 'arm64' }), 'linux/arm64'],
  [
    'of schema 1',
    (registry) => registry.putManifest('shop/web', 'latest', 'application/json', { schemaVersion: 1, fsLayers: [] }),
    'schema 1',
  ],
  [
    'that is an index without amd64',
    (registry) => {
      const { manifestDigest: digest } = putOciImage(registry, 'shop/web', 'arm', { architecture: 'arm64' });
      const entry = {
        mediaType: mediaTypes.ociManifest,
        size: 9,
        digest,
        platform: { os: 'linux', architecture: 'arm64' },
      };
      registry.putManifest('shop/web', 'latest', mediaTypes.ociIndex, { schemaVersion: 2, manifests: [entry] });
    },
    'no image for linux/amd64',
  ],
  [
    'whose manifest is damaged',
    (registry) =>
      registry.putManifest('shop/web', 'latest', mediaTypes.ociManifest, { schemaVersion: 2, layers: 'none' }),
    'no media type',
  ],
  [
    'whose config is missing',
    (registry) => registry.blobs.delete(`shop/web@${putOciImage(registry, 'shop/web', 'latest').imageId}`),
    'BLOB_UNKNOWN',
  ],
])('does without a last image %s, and says so (fault 133, registry-pusher)', async (_, put, why) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  put(registry);
  const skipped: string[] = [];

  const found = await findPreviousImage(client, target(registry), {
    platform,
    onSkipped: (reason) => skipped.push(reason),
  });

  expect(found).toEqual({});
  expect(skipped).toEqual([expect.stringMatching(/^can't reuse 127\.0\.0\.1:\d+\/shop\/web:latest: /)]);
  expect(skipped[0]).toContain(why);
});

test.each<[what: string, fields: object]>([
  ['a history of text', { history: 'none' }],
  ['a history of numbers', { history: [1] }],
  ['an entry that is null', { history: [null] }],
  ['a comment that is a number', { history: [{ comment: 5 }] }],
  ['variables that are text', { config: { Env: 'A=1' } }],
  ['a command that is text', { config: { Cmd: 'node' } }],
  ['labels that are a list', { config: { Labels: ['a'] } }],
])('does without a last image with %s (fault 133, registry-pusher)', async (_, fields) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] }, ...fields };
  const bytes = Buffer.from(JSON.stringify(config));
  const descriptor = {
    mediaType: mediaTypes.ociConfig,
    size: bytes.length,
    digest: registry.putBlob('shop/web', bytes),
  };
  registry.putManifest('shop/web', 'latest', mediaTypes.ociManifest, {
    schemaVersion: 2,
    config: descriptor,
    layers: [],
  });
  const skipped: string[] = [];

  const found = await findPreviousImage(client, target(registry), {
    platform,
    onSkipped: (reason) => skipped.push(reason),
  });

  expect(found).toEqual({});
  expect(skipped).toEqual([expect.stringContaining('has an invalid')]);
});

test.each([401, 403, 400, 412, 500])(
  'does without a last image that the registry answers with %i, and asks for it under one tag (fault 132, registry-pusher)',
  async (status) => {
    await using registry = await startRegistry({
      misbehave: (call) => {
        respond(call, status, { 'www-authenticate': 'Basic realm="x"' });
        return true;
      },
    });
    await using client = impatientClient();
    const skipped: string[] = [];
    const onSkipped = (reason: string) => skipped.push(reason);

    expect(await findPreviousImage(client, target(registry, '1.0'), { platform, onSkipped })).toEqual({});
    expect(skipped).toHaveLength(1);
    expect(new Set(registry.calls.map(({ url }) => url.pathname))).toEqual(new Set(['/v2/shop/web/manifests/1.0']));
  },
);

test.each<[what: string, put: (registry: MemoryRegistry) => unknown, why: string]>([
  ["doesn't exist", () => undefined, "doesn't exist"],
  [
    'is denied',
    (registry) => registry.manifests.set('shop/web:latest', { type: 'x', bytes: Buffer.from('no') }),
    "isn't JSON",
  ],
])('does without an image to reuse that %s (fault 132, registry-pusher)', async (_, put, why) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  put(registry);
  const skipped: string[] = [];
  const reuseFrom = target(registry);

  const found = await findPreviousImage(client, target(registry, '2.0'), {
    platform,
    reuseFrom,
    onSkipped: (reason) => skipped.push(reason),
  });

  expect(found).toEqual({});
  expect(skipped).toEqual([expect.stringContaining(why)]);
});

test('stops when it is canceled', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const reading = findPreviousImage(client, target(registry), { platform, signal: AbortSignal.abort() });

  await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
});

test.each<RegistryPusherErrorCode>([
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_UNREACHABLE',
  'DIGEST_MISMATCH',
  'HOST_REFUSED',
])(
  'builds without a previous image whose reading failed with %s, and warns (fault 132, registry-pusher)',
  async (code) => {
    await using shop = await project(app, appFiles);
    const failed = Promise.reject(new RegistryPusherError(code, 'GET x: no'));

    const built = await shop.build({}, failed as never);

    expect(built.layers.map(({ reused }) => reused)).not.toContain(true);
    expect(built.warnings).toEqual(["The last image can't be reused: GET x: no"]);
  },
);

test('never reuses a wrong layer of another app, base or version of the builder (fault 154, registry-pusher)', async () => {
  await using shop = await project(app, appFiles);
  await using other = await project(app, { ...appFiles, 'dist/main.js': 'console.log("another app")\n' });
  const plain = await shop.build();
  const foreign = await shop.registry.push((await other.build()).image, {
    registry: 'r.example',
    repository: 'other/web',
  });

  const reused = await shop.build({}, foreign);
  expect(reused.image.config.rootfs).toEqual(plain.image.config.rootfs);
  expect(reused.layers.at(-1)!.reused).toBe(false);

  const own = await shop.registry.push(plain.image);
  await shop.registry.putBase('docker.io/library/node:20', [{ 'etc/passwd': 'node:x:7:7::/:/bin/sh\n', 'app/': '' }]);
  const onOtherBase = await shop.build({}, own);
  const alone = await shop.build();
  expect(onOtherBase.image.config.rootfs).toEqual(alone.image.config.rootfs);

  const history = own.config.history!.map((entry) => ({
    ...entry,
    ...(entry.comment === undefined ? {} : { comment: entry.comment.replace('tozo.layer.v', 'tozo.layer.v9') }),
  }));
  await shop.registry.putBase('docker.io/library/node:20', [{ 'etc/passwd': 'node:x:7:7::/:/bin/sh\n', 'app/': '' }]);
  const newer = await shop.build({}, { ...own, config: { ...own.config, history } });
  expect(newer.layers.map((layer) => layer.reused)).not.toContain(true);
});

test.each([
  ['no object', 'tozo.layer.v1 []'],
  ['broken JSON', 'tozo.layer.v1 {"source":'],
  [
    'a negative size',
    `tozo.layer.v1 {"source":"${digestOf('x')}","files":1,"size":-1,"base":{"paths":{},"owners":{}}}`,
  ],
  [
    'facts of another kind',
    `tozo.layer.v1 {"source":"${digestOf('x')}","files":1,"size":1,"base":{"paths":[1],"owners":7}}`,
  ],
  ['nothing', 'tozo.layer.v1 '],
  ['null', 'tozo.layer.v1 null'],
])('ignores a history record with %s', async (_, comment) => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.build()).image);
  const history = previous.config.history!.map((entry) =>
    entry.comment === undefined ? entry : { ...entry, comment },
  );

  const built = await shop.build({}, { ...previous, config: { ...previous.config, history } });

  expect(built.image.config.rootfs.diff_ids).toEqual(previous.config.rootfs.diff_ids);
  expect(built.layers.map(({ reused }) => reused)).not.toContain(true);
});
