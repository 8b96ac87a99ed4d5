/* How registries serve images, each from a public report. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { storedLayers } from '../../image/image.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { at, type Quirk } from '../../testing/quirky-registry.ts';
import { type Call, type MemoryRegistry, respond, startRegistry } from '../../testing/registry.ts';

const reference = ({ name }: MemoryRegistry) => ({ registry: name, repository: 'shop/web', tag: 'latest' });

/** Serves every manifest with another content type. */
function serveAs(type: string | undefined): Quirk {
  return at('GET manifest', (call, registry) => {
    const stored = registry.manifests.get(`shop/web:${call.url.pathname.split('/').at(-1)}`);
    if (stored === undefined) return false;
    respond(call, 200, type === undefined ? {} : { 'content-type': type }, stored.bytes);
    return true;
  });
}

/** Puts an image under an index. Neither names its media type. */
function putUntyped(registry: MemoryRegistry) {
  const { manifest, imageId } = putOciImage(registry, 'shop/web', 'image');
  const { mediaType: _, ...untyped } = manifest;
  const digest = registry.putManifest('shop/web', 'untyped', mediaTypes.ociManifest, untyped);
  const size = JSON.stringify(untyped).length;
  const platform = { os: 'linux', architecture: 'amd64' };
  const entry = { mediaType: mediaTypes.ociManifest, digest, size, platform };
  registry.putManifest('shop/web', 'index', mediaTypes.ociIndex, { schemaVersion: 2, manifests: [entry] });
  return imageId;
}

test.each([
  ['application/octet-stream', 'goharbor/harbor/issues/7853'],
  ['application/json', 'Trow-Registry/trow/pull/114'],
  ['text/plain; charset=utf-8', 'goharbor/harbor/issues/7853'],
  [undefined, 'Trow-Registry/trow/pull/114'],
])(
  'reads untyped manifests served as %s by their shape (fault 137, registry-pusher): https://github.com/%s',
  async (type, _report) => {
    await using registry = await startRegistry({ misbehave: serveAs(type) });
    await using client = impatientClient();
    const imageId = putUntyped(registry);

    for (const tag of ['untyped', 'index'])
      expect(await client.getImage({ ...reference(registry), tag })).toMatchObject({ imageId });
  },
);

test.each([
  [mediaTypes.dockerLayerZstd, 'anchore/stereoscope/issues/486'],
  [mediaTypes.dockerLayer, 'bazelbuild/rules_docker/issues/2266'],
])(
  'reads an image with layers of %s (fault 137, registry-pusher): https://github.com/%s',
  async (layerType, _report) => {
    await using registry = await startRegistry();
    await using client = impatientClient();
    putOciImage(registry, 'shop/web', 'latest', { layerType });

    const image = await client.getImage(reference(registry));

    expect(image?.manifest.layers.map(({ mediaType }) => mediaType)).toEqual([layerType]);
  },
);

test.each([
  ['layers of application/octet-stream', { layerType: 'application/octet-stream' }],
  ['a config of application/octet-stream', { configType: 'application/octet-stream' }],
  ['a config of text/html', { configType: 'text/html' }],
  [
    'types in capitals',
    { layerType: mediaTypes.ociLayerGzip.toUpperCase(), configType: mediaTypes.ociConfig.toUpperCase() },
  ],
])('pushes an image with %s: https://github.com/distribution/distribution/issues/1621', async (_, types) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { imageId } = putOciImage(registry, 'shop/web', 'latest', types);

  const image = (await client.getImage(reference(registry)))!;
  expect(image).toMatchObject({ imageId });
  const target = { registry: registry.name, repository: 'shop/copy', tag: 'latest' };
  await client.push({ ...image, layers: storedLayers(image) }, target);
  const copy = (await client.getImage(target))!;
  expect(copy.manifest.layers).toMatchObject([{ mediaType: mediaTypes.dockerLayerGzip }]);
  expect(copy.imageId).toBe(imageId);
});

/** Puts an index of an image without a platform, and of others. */
function putUnnamed(registry: MemoryRegistry, architecture: string, others: readonly object[] = []) {
  const { manifest, manifestDigest, imageId } = putOciImage(registry, 'shop/web', 'image', { architecture });
  const entry = { mediaType: mediaTypes.ociManifest, digest: manifestDigest, size: JSON.stringify(manifest).length };
  registry.putManifest('shop/web', 'latest', mediaTypes.ociIndex, { schemaVersion: 2, manifests: [...others, entry] });
  return { imageId, entry };
}

test('takes the only entry of an index without a platform: https://github.com/bootc-dev/ocidir-rs/pull/73', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { imageId, entry } = putUnnamed(registry, 'amd64');
  expect(await client.getImage(reference(registry))).toMatchObject({ imageId });

  const other = { ...entry, platform: { os: 'linux', architecture: 'arm64' } };
  putUnnamed(registry, 'amd64', [other]);
  expect(await client.getImage(reference(registry))).toMatchObject({ imageId });

  putUnnamed(registry, 'arm64');
  await expect(client.getImage(reference(registry))).rejects.toMatchObject({ code: 'PLATFORM_MISSING' });
  putUnnamed(registry, 'amd64', [{ ...entry, digest: digestOf('other') }]);
  await expect(client.getImage(reference(registry))).rejects.toMatchObject({ code: 'PLATFORM_MISSING' });
});

test('reads documents that a proxy gzips unasked: https://github.com/npm/registry-issue-archive/issues/80', async () => {
  const gzipped = (call: Call, bytes: Buffer) =>
    respond(call, 200, { 'content-type': mediaTypes.ociManifest, 'content-encoding': 'gzip' }, bytes);
  await using registry = await startRegistry({
    misbehave: at('GET manifest', (call, { manifests }) => {
      const stored = manifests.get(`shop/web:${call.url.pathname.split('/').at(-1)}`)!;
      gzipped(call, stored.type === 'bomb' ? gzipSync(Buffer.alloc(5_000_000, 'x')) : stored.bytes);
    }),
  });
  await using client = impatientClient();
  const { imageId } = putOciImage(registry, 'shop/web', 'image');
  const { bytes } = registry.manifests.get('shop/web:image')!;
  registry.manifests.set('shop/web:latest', { type: 'gzip', bytes: gzipSync(bytes) });
  expect(await client.getImage(reference(registry))).toMatchObject({ imageId });

  for (const broken of [
    { type: 'bomb', bytes },
    { type: 'not gzip', bytes },
  ]) {
    registry.manifests.set('shop/web:latest', broken);
    await expect(client.getImage(reference(registry))).rejects.toMatchObject({
      code: 'REGISTRY_PROTOCOL',
      message: expect.stringContaining("can't be decompressed"),
    });
  }
});

test.each<[what: string, report: string, put: (registry: MemoryRegistry) => unknown, code: string, text: string]>([
  [
    'schema 1',
    'eclipse-che/che-plugin-registry/pull/2082',
    (registry) =>
      registry.putManifest('shop/web', 'latest', 'application/vnd.docker.distribution.manifest.v1+prettyjws', {
        schemaVersion: 1,
        fsLayers: [],
      }),
    'MEDIA_TYPE_REFUSED',
    'the old schema 1',
  ],
  [
    'a Helm chart',
    'moby/moby/pull/44367',
    (registry) =>
      putOciImage(registry, 'shop/web', 'latest', { configType: 'application/vnd.cncf.helm.config.v1+json' }),
    'MEDIA_TYPE_REFUSED',
    "isn't a container image",
  ],
])('says what it found: %s (fault 133, registry-pusher): https://github.com/%s', async (_, __, put, code, text) => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  put(registry);

  await expect(client.getImage(reference(registry))).rejects.toMatchObject({
    code,
    message: expect.stringContaining(text),
  });
});

test.each<[what: string, report: string, quirk: Quirk]>([
  ['405', 'distribution/distribution/issues/1485', at('HEAD manifest', (call) => respond(call, 405))],
  ['400', 'bazel-contrib/rules_oci/issues/720', at('HEAD manifest', (call) => respond(call, 400))],
  [
    '401',
    'hairyhenderson/gomplate/issues/2563',
    at('HEAD manifest', (call) => respond(call, 401, { 'www-authenticate': 'Basic realm="x"' })),
  ],
  ['no digest', 'concourse/registry-image-resource/pull/249', at('HEAD manifest', (call) => respond(call, 200))],
])(
  'asks for a digest with GET after a HEAD with %s (fault 153, registry-pusher): https://github.com/%s',
  async (_, __, misbehave) => {
    await using registry = await startRegistry({ misbehave });
    const endpoints = { [registry.name]: { credentials: { username: '_', password: 'a-key' } } };
    await using client = impatientClient({ endpoints });
    const { manifestDigest } = putOciImage(registry, 'shop/web', 'latest');

    expect(await client.getDigest(reference(registry))).toBe(manifestDigest);
  },
);

test('asks for bytes as they are: some registries gzip configs otherwise: https://github.com/quay/quay/pull/1310', async () => {
  await using registry = await startRegistry({
    misbehave: at('GET blob', (call, { blobs }) => {
      if (call.headers['accept-encoding'] === 'identity') return false;
      const blob = blobs.get(call.url.pathname.replace('/v2/', '').replace('/blobs/', '@'))!;
      respond(call, 200, { 'content-encoding': 'gzip' }, gzipSync(blob));
      return true;
    }),
  });
  await using client = impatientClient();
  const { imageId } = putOciImage(registry, 'shop/web', 'latest');

  expect(await client.getImage(reference(registry))).toMatchObject({ imageId });
});
