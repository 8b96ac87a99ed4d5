/* How registries serve images, each from a public report. */
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { at, type Quirk } from '../../testing/quirky-registry.ts';
import { type MemoryRegistry, respond, startRegistry } from '../../testing/registry.ts';

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
