/* What registries do that the specification doesn't say, each from a public report. A push succeeds nevertheless. */
import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { at, pushWith, type Quirk, withStatus } from '../../testing/quirky-registry.ts';
import { type Call, readBody, refuse, respond, startRegistry } from '../../testing/registry.ts';

/** Accepts no bytes in the PUT, so they come in a PATCH. */
const onlyPatch: Quirk = at('PUT upload', async (call) => {
  if (call.headers['content-length'] === '0') return false;
  await readBody(call);
  respond(call, 405);
  return true;
});

function both(...quirks: readonly Quirk[]): Quirk {
  return async (call, registry) => {
    for (const quirk of quirks) if (await quirk(call, registry)) return true;
    return false;
  };
}

function once(quirk: Quirk): Quirk {
  let isDone = false;
  return async (call, registry) => !isDone && (isDone = await quirk(call, registry));
}

const keepAndLose: Quirk = at('PUT upload', async (call, registry) => {
  registry.putBlob('shop/web', await readBody(call));
  refuse(call, 404, 'BLOB_UPLOAD_UNKNOWN');
});

test.each<[what: string, report: string, quirk: Quirk]>([
  ['204 to a PATCH', 'pulp/pulp_container/issues/2199', both(onlyPatch, withStatus('PATCH upload', 204))],
  ['201 to a PATCH', 'regclient/regclient/issues/81', both(onlyPatch, withStatus('PATCH upload', 201))],
  ['204 to the PUT of a blob', 'opencontainers/distribution-spec/issues/86', withStatus('PUT upload', 204)],
  ['202 to the PUT of a blob', 'containerd/containerd/pull/3750', withStatus('PUT upload', 202)],
  ['200 to the PUT of a blob', 'distribution/distribution/issues/142', withStatus('PUT upload', 200)],
  ['202 to the PUT of a manifest', 'containers/image/issues/381', withStatus('PUT manifest', 202)],
  ['200 to the PUT of a manifest', 'distribution/distribution/issues/142', withStatus('PUT manifest', 200)],
])('accepts %s (fault 136, registry-pusher): https://github.com/%s', async (_, __, quirk) => {
  const { result, error, registry } = await pushWith(quirk);

  expect(error).toBeUndefined();
  for (const { digest } of result!.blobs) expect(registry.blobs.has(`shop/web@${digest}`)).toBe(true);
});

test.each<[what: string, report: string, quirk: Quirk]>([
  [
    'no response to HEAD but 401',
    'buildbuddy-io/buildbuddy/pull/12710',
    at('HEAD blob', (call) => refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' })),
  ],
  [
    '412 to whoever reads an unscanned manifest',
    'goharbor/harbor/issues/23638',
    at('GET manifest', (call) => refuse(call, 412, 'PROJECTPOLICYVIOLATION')),
  ],
  ['a lost upload whose blob is there', 'distribution/distribution/issues/2225', once(keepAndLose)],
  [
    'a blob that appears late',
    'openshift/image-registry/pull/220',
    once(at('PUT manifest', (call) => refuse(call, 400, 'MANIFEST_BLOB_UNKNOWN'))),
  ],
  [
    'a token that expires during a PATCH',
    'containers/image/issues/1907',
    both(
      onlyPatch,
      once(
        at('PATCH upload', async (call) => {
          await readBody(call);
          refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' });
        }),
      ),
    ),
  ],
  [
    'a token that expires before the commit',
    'GoogleContainerTools/jib/issues/691',
    once(at('PUT upload', (call) => refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Basic realm="x"' }))),
  ],
])(
  'pushes to a registry with %s (faults 132, 152, 153, registry-pusher): https://github.com/%s',
  async (_, __, quirk) => {
    const { result, error, registry } = await pushWith(quirk);

    expect(error).toBeUndefined();
    for (const { digest } of result!.blobs) expect(registry.blobs.has(`shop/web@${digest}`)).toBe(true);
  },
);

test.each([
  ['403', 'containerd/containerd/issues/14086', 403, 'DENIED'],
  ['401', 'estesp/manifest-tool/issues/42', 401, 'UNAUTHORIZED'],
  ['400', 'GoogleContainerTools/jib/issues/703', 400, 'INVALID_REQUEST'],
])('sends a layer whose mount is refused with %s: https://github.com/%s', async (_, __, status, code) => {
  await using registry = await startRegistry({
    misbehave: at('POST upload', (call) => {
      if (!call.url.searchParams.has('mount')) return false;
      refuse(call, status, code, { 'www-authenticate': 'Basic realm="x"' });
      return true;
    }),
  });
  await using client = impatientClient();
  const first = await client.push(imageFrom(layerOf('one')), { registry: registry.name, repository: 'shop/base' });

  const target = { registry: registry.name, repository: 'shop/web' };
  const second = await client.push(imageFrom(...first.layers), target);

  expect(second.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
});

test('works without Docker-Content-Digest: https://github.com/distribution/distribution/issues/3792', async () => {
  const { result } = await pushWith(() => false, { namesDigests: false });

  expect(result?.blobs).toHaveLength(2);
});

test('resolves a relative Location against the redirected request: https://github.com/containerd/containerd/issues/11949', async () => {
  await using second = await startRegistry();
  await using first = await startRegistry({
    misbehave: (call: Call) => {
      respond(call, 307, { location: `${second.origin}${call.url.pathname}${call.url.search}` });
      return true;
    },
  });
  await using client = impatientClient();

  await client.push(imageFrom(layerOf('one')), { registry: first.name, repository: 'shop/web' });

  expect(second.count('PUT upload')).toBe(2);
  expect(first.count('PUT upload')).toBe(0);
});

test('shrinks chunks after a 416 that means too large: https://github.com/ocx-sh/ocx/pull/237', async () => {
  const limit = 400_000;
  const tooLarge = at('PATCH upload', async (call) => {
    if (Number(call.headers['content-length']) <= limit) return false;
    await readBody(call);
    refuse(call, 416, 'REQUESTED_RANGE_NOT_SATISFIABLE');
    return true;
  });
  const { result, error, registry } = await pushWith(both(onlyPatch, tooLarge), { layerSize: 1_500_000 });

  expect(error).toBeUndefined();
  expect(result?.blobs).toHaveLength(2);
  expect(registry.count('PATCH upload')).toBeGreaterThan(4);
});

test('starts again after a Range that is off by one byte: https://github.com/artifact-keeper/artifact-keeper/issues/1349', async () => {
  let broke = false;
  const quirk: Quirk = async (call, registry) => {
    if (call.what === 'PATCH upload' && !broke && Number(call.headers['content-length']) > 200_000) {
      broke = true;
      call.breaksAfter = 200_000;
    }
    if (call.what === 'GET upload') {
      const { response } = call;
      const writeHead = response.writeHead.bind(response);
      response.writeHead = ((status: number, headers: Record<string, string>) => {
        const range = headers['range']!.replace(/\d+$/, (last) => String(Number(last) + 1));
        return writeHead(status, { ...headers, range });
      }) as typeof response.writeHead;
      return false;
    }
    return onlyPatch(call, registry);
  };
  const { error, registry, result } = await pushWith(quirk, { layerSize: 600_000 });

  expect(error).toBeUndefined();
  const layer = result!.blobs.find(({ size }) => size > 1000)!;
  expect(digestOf(registry.blobs.get(`shop/web@${layer.digest}`)!)).toBe(layer.digest);
});
