import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dockerManifest, imageOf, sha256, type TestImage } from '../testing/images.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { send, serve, type TestServer } from '../testing/test-server.ts';
import type { RegistryAssumptions } from './assumptions.ts';
import { createRegistry } from './registry.ts';

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const authorization = basic('_', 'the-key');

async function herokuRegistry(dir: string, assumptions?: Partial<RegistryAssumptions>) {
  const registry = createRegistry({
    dir,
    accounts: {
      authenticate: (_, password) => password === 'the-key',
      appId: (app) => (app === 'shop' || app === 'blog' ? app : undefined),
    },
    ...(assumptions && { assumptions }),
  });
  const server = await serve(registry.handler);
  return { ...server, images: registry.images };
}

async function pushBlobs(server: TestServer, repository: string, image: TestImage): Promise<void> {
  for (const [digest, body] of image.blobs) {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
    const answer = await send(server, path, { method: 'POST', headers: { authorization }, body });
    expect(answer.status).toBe(201);
  }
}

async function putManifest(
  server: TestServer,
  repository: string,
  reference: string,
  body: Buffer | string,
  type = dockerManifest,
) {
  const headers = { authorization, 'content-type': type };
  return await send(server, `/v2/${repository}/manifests/${reference}`, { method: 'PUT', headers, body });
}

describe('login', () => {
  test.each([
    ['no credentials', undefined],
    ['a wrong key', basic('_', 'another')],
    ['a token', 'Bearer the-key'],
    ['no Base64', 'Basic !!!'],
    ['no colon', `Basic ${Buffer.from('the-key').toString('base64')}`],
  ])('%s: 401 with a challenge', async (_, header) => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const answer = await send(server, '/v2/', { headers: header === undefined ? {} : { authorization: header } });
    expect(answer).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="/);
  });

  test.each(['', '_', 'someone@example.com'])(
    'accepts the username %j with the API key as password',
    async (username) => {
      await using directory = await temporaryDirectory();
      await using server = await herokuRegistry(directory.path);
      const answer = await send(server, '/v2/', { headers: { authorization: basic(username, 'the-key') } });
      expect(answer).toMatchObject({ status: 200, text: '{}' });
      expect(answer.headers['docker-distribution-api-version']).toBe('registry/2.0');
    },
  );

  test.each(['nobody/web', 'shop', 'shop/web/extra', 'shop/web.x'])(
    '%s: 400 with an empty body, for reading and writing (fault 10, sandbox)',
    async (repository) => {
      await using directory = await temporaryDirectory();
      await using server = await herokuRegistry(directory.path);
      const reading = await send(server, `/v2/${repository}/manifests/latest`, { headers: { authorization } });
      const writing = await send(server, `/v2/${repository}/blobs/uploads/`, {
        method: 'POST',
        headers: { authorization },
      });
      expect([reading.status, reading.text, writing.status, writing.text]).toEqual([400, '', 400, '']);
    },
  );
});

describe('what an image must be', () => {
  test('anything but a Docker schema 2 manifest is unsupported (fault 11, sandbox)', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    for (const type of [
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'application/json',
    ]) {
      const answer = await putManifest(server, 'shop/web', 'latest', '{}', type);
      expect(answer, type).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    }
  });

  test('blobs that were not pushed are named', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const image = await imageOf([[{ name: 'a', content: 'a' }]]);
    const answer = await putManifest(server, 'shop/web', 'latest', image.manifest);
    expect(answer).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    expect(answer.text).toContain(image.imageId);
  });

  test('blobs of another repository do not count', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const image = await imageOf([[{ name: 'a', content: 'a' }]]);
    await pushBlobs(server, 'blog/web', image);
    expect(await putManifest(server, 'shop/web', 'latest', image.manifest)).toMatchObject({
      code: 'MANIFEST_BLOB_UNKNOWN',
    });
  });

  test.each([
    ['linux/arm64', { architecture: 'arm64' }],
    ['windows/amd64', { os: 'windows' }],
    ['linux/undefined', { architecture: undefined }],
  ])('rejects an image for %s', async (platform, overrides) => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const image = await imageOf([], {}, overrides);
    await pushBlobs(server, 'shop/web', image);
    const answer = await putManifest(server, 'shop/web', 'latest', image.manifest);
    expect(answer).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
    expect(answer.text).toContain(platform);
  });

  test.each([
    ['not JSON', '{'],
    ['no object', '[]'],
    ['schema 1', '{"schemaVersion":1}'],
    ['no config', '{"schemaVersion":2,"layers":[]}'],
    ['layers that are no list', '{"schemaVersion":2,"config":{},"layers":{}}'],
    [
      'a digest that is none',
      '{"schemaVersion":2,"config":{"mediaType":"a","size":1,"digest":"sha256:../x"},"layers":[]}',
    ],
    ['another media type inside', '{"schemaVersion":2,"mediaType":"text/plain","layers":[]}'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('rejects %s as a manifest', async (_, body) => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    expect(await putManifest(server, 'shop/web', 'latest', body as string)).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
    });
  });

  test('rejects a manifest of more than 4 MiB', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const answer = await putManifest(server, 'shop/web', 'latest', ' '.repeat(4 * 1024 * 1024 + 1));
    expect(answer).toMatchObject({ status: 413, code: 'MANIFEST_INVALID' });
  });

  test("rejects a manifest under a digest that isn't its own", async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const image = await imageOf([]);
    await pushBlobs(server, 'shop/web', image);
    expect(await putManifest(server, 'shop/web', sha256('other'), image.manifest)).toMatchObject({
      status: 400,
      code: 'DIGEST_INVALID',
    });
  });
});

describe('a pushed image', () => {
  test('reads back byte for byte, by tag and by digest, and HEAD returns the same headers without a body', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const image = await imageOf([[{ name: 'a', content: 'a' }]]);
    await pushBlobs(server, 'shop/web', image);
    const pushed = await putManifest(server, 'shop/web', 'latest', image.manifest);
    expect(pushed).toMatchObject({ status: 201 });
    expect(pushed.headers['docker-content-digest']).toBe(image.manifestDigest);
    for (const reference of ['latest', image.manifestDigest, encodeURIComponent(image.manifestDigest)]) {
      const read = await send(server, `/v2/shop/web/manifests/${reference}`, { headers: { authorization } });
      expect(read.bytes.equals(image.manifest)).toBe(true);
      expect(read.headers).toMatchObject({
        'content-type': dockerManifest,
        'docker-content-digest': image.manifestDigest,
      });
      const head = await send(server, `/v2/shop/web/manifests/${reference}`, {
        method: 'HEAD',
        headers: { authorization },
      });
      expect(head.bytes.length).toBe(0);
      expect(head.headers['content-length']).toBe(String(image.manifest.length));
    }
  });

  test('is found by its image ID in its own repository, even after the tag moved on', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path);
    const [first, second] = [await imageOf([[{ name: 'a' }]]), await imageOf([[{ name: 'b' }]])];
    for (const image of [first, second]) {
      await pushBlobs(server, 'shop/web', image);
      await putManifest(server, 'shop/web', 'latest', image.manifest);
    }
    expect(await server.images.findImage('shop/web', first.imageId)).toEqual(first.pushed);
    expect(await server.images.findImage('blog/web', first.imageId)).toBeUndefined();
    expect(await server.images.findImage('shop/web', sha256('never pushed'))).toBeUndefined();
    expect(await server.images.findImage('shop/web', '../../etc/passwd')).toBeUndefined();
  });

  test('survives a restart of the registry', async () => {
    await using directory = await temporaryDirectory();
    const image = await imageOf([[{ name: 'a', content: 'a' }]]);
    {
      await using server = await herokuRegistry(directory.path);
      await pushBlobs(server, 'shop/web', image);
      await putManifest(server, 'shop/web', 'latest', image.manifest);
    }
    await using server = await herokuRegistry(directory.path);
    const read = await send(server, '/v2/shop/web/manifests/latest', { headers: { authorization } });
    expect(read.bytes.equals(image.manifest)).toBe(true);
    expect(await server.images.findImage('shop/web', image.imageId)).toEqual(image.pushed);
  });
});

describe('assumptions can be set the other way', () => {
  test('without mounts, a mount becomes an upload (fault 21, sandbox)', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path, { mounts: false });
    const image = await imageOf([]);
    await pushBlobs(server, 'blog/web', image);
    const path = `/v2/shop/web/blobs/uploads/?mount=${image.imageId}&from=blog/web`;
    const answer = await send(server, path, { method: 'POST', headers: { authorization } });
    expect(answer.status).toBe(202);
  });

  test('without chunks, the second PATCH of an upload is unsupported', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path, { chunkedUploads: false, locations: 'relative' });
    const begun = await send(server, '/v2/shop/web/blobs/uploads/', { method: 'POST', headers: { authorization } });
    const patch = { method: 'PATCH', headers: { authorization }, body: randomBytes(10) };
    const first = await send(server, String(begun.headers.location), patch);
    const second = await send(server, String(first.headers.location), patch);
    expect([first.status, second.status, second.code]).toEqual([202, 405, 'UNSUPPORTED']);
  });

  test('without other tags, accepts only latest', async () => {
    await using directory = await temporaryDirectory();
    await using server = await herokuRegistry(directory.path, { otherTags: false });
    const image = await imageOf([]);
    await pushBlobs(server, 'shop/web', image);
    expect(await putManifest(server, 'shop/web', 'v1', image.manifest)).toMatchObject({
      status: 400,
      code: 'TAG_INVALID',
    });
    expect(await putManifest(server, 'shop/web', 'latest', image.manifest)).toMatchObject({ status: 201 });
    expect(await putManifest(server, 'shop/web', image.manifestDigest, image.manifest)).toMatchObject({ status: 201 });
  });
});
