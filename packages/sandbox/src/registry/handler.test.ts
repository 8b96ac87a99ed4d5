import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dockerManifest, imageOf, sha256 } from '../testing/images.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { send, serve, type TestResponse, type TestServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import { createRegistryHandler } from './handler.ts';
import type { RegistryChoices } from './rules.ts';
import { Storage } from './storage.ts';
import { Uploads } from './uploads.ts';

interface Options extends Partial<RegistryChoices> {
  readonly idleMs?: number;
  readonly maxBlobBytes?: number;
}

/** A registry with the plain protocol. */
async function plainRegistry(dir: string, { idleMs, maxBlobBytes = Infinity, ...choices }: Options = {}) {
  const storage = new Storage(dir);
  const handler = createRegistryHandler({
    storage,
    uploads: new Uploads(storage, { maxBlobBytes }),
    choices: { mounts: true, chunkedUploads: true, locations: 'relative', ...choices },
    ...(idleMs !== undefined && { idleMs }),
  });
  return { ...(await serve(handler)), storage };
}

const uploadsPath = '/v2/some/name/blobs/uploads/';
const locationOf = (answer: TestResponse): string => String(answer.headers.location);
const content = randomBytes(1000);
const digest = sha256(content);

async function begin(server: TestServer): Promise<string> {
  const answer = await send(server, uploadsPath, { method: 'POST' });
  expect(answer).toMatchObject({ status: 202, headers: { range: '0-0', 'content-length': '0' } });
  return locationOf(answer);
}

async function push(server: TestServer, body: Uint8Array | string, repository = 'some/name'): Promise<string> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${sha256(body)}`;
  expect(await send(server, path, { method: 'POST', body })).toMatchObject({ status: 201 });
  return sha256(body);
}

const readBlob = async (server: TestServer, headers = {}, repository = 'some/name') =>
  await send(server, `/v2/${repository}/blobs/${digest}`, { headers });

describe('uploads', () => {
  test('rejects content with another digest and removes the upload', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const location = await begin(server);
    const wrong = sha256('something else');
    const refused = await send(server, `${location}&digest=${wrong}`, { method: 'PUT', body: content });
    expect(refused).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    expect(await send(server, location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(await send(server, `/v2/some/name/blobs/${wrong}`)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    expect(await send(server, `${uploadsPath}?digest=${wrong}`, { method: 'POST', body: content })).toMatchObject({
      status: 400,
      code: 'DIGEST_INVALID',
    });
    expect(await readdir(join(directory.path, 'uploads'))).toEqual([]);
  });

  test.each(['', 'sha256:abc', `sha256:${'A'.repeat(64)}`, `md5:${'a'.repeat(32)}`, '../../etc/passwd'])(
    'the digest %j is refused',
    async (text) => {
      await using directory = await temporaryDirectory();
      await using server = await plainRegistry(directory.path);
      const query = `digest=${encodeURIComponent(text)}`;
      const put = await send(server, `${await begin(server)}&${query}`, { method: 'PUT', body: content });
      const post = await send(server, `${uploadsPath}?${query}`, { method: 'POST', body: content });
      expect([put.status, put.code, post.status, post.code]).toEqual([400, 'DIGEST_INVALID', 400, 'DIGEST_INVALID']);
    },
  );

  test('an upload of another repository, another ID or without its query is not found', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const location = await begin(server);
    const patch = { method: 'PATCH', body: content };
    expect(await send(server, location.replace('some/name', 'some/other'), patch)).toMatchObject({ status: 404 });
    expect(await send(server, `${uploadsPath}..%2f..%2fx?_state=a`, patch)).toMatchObject({ status: 404 });
    expect(await send(server, location.split('?')[0] as string, patch)).toMatchObject({
      status: 404,
      code: 'BLOB_UPLOAD_INVALID',
    });
  });

  test('monolithic: POST, then PUT', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const put = await send(server, `${await begin(server)}&digest=${digest}`, { method: 'PUT', body: content });
    expect(put).toMatchObject({ status: 201, headers: { 'docker-content-digest': digest } });
    const read = await send(server, locationOf(put));
    expect(read.bytes.equals(content)).toBe(true);
  });

  test('monolithic in one POST', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await push(server, content);
    expect((await readBlob(server)).bytes.equals(content)).toBe(true);
  });

  test('streamed: POST, one PATCH without a length, PUT', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const patched = await send(server, await begin(server), { method: 'PATCH', body: content, chunked: true });
    expect(patched).toMatchObject({ status: 202, headers: { range: '0-999' } });
    const put = await send(server, `${locationOf(patched)}&digest=${encodeURIComponent(digest)}`, { method: 'PUT' });
    expect(put.status).toBe(201);
  });

  test('in chunks with Content-Range, the last one in the PUT', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const chunk = (start: number, end: number) => ({
      headers: { 'content-range': `${start}-${end}` },
      body: content.subarray(start, end + 1),
    });
    const first = await send(server, await begin(server), { method: 'PATCH', ...chunk(0, 399) });
    expect(first.headers.range).toBe('0-399');
    const second = await send(server, locationOf(first), { method: 'PATCH', ...chunk(400, 799) });
    const status = await send(server, locationOf(second));
    expect(status).toMatchObject({ status: 204, headers: { range: '0-799' } });
    const put = await send(server, `${locationOf(status)}&digest=${digest}`, { method: 'PUT', ...chunk(800, 999) });
    expect(put.status).toBe(201);
    expect((await readBlob(server)).bytes.equals(content)).toBe(true);
  });

  test.each(['5-9', '0-4', '20-29', '12-11', 'a-b', '-', 'bytes=10-19'])(
    'the Content-Range %s is out of order after ten bytes: 416 with what arrived',
    async (range) => {
      await using directory = await temporaryDirectory();
      await using server = await plainRegistry(directory.path);
      const first = await send(server, await begin(server), { method: 'PATCH', body: content.subarray(0, 10) });
      const headers = { 'content-range': range };
      const answer = await send(server, locationOf(first), { method: 'PATCH', headers, body: content.subarray(0, 10) });
      expect(answer).toMatchObject({ status: 416, code: 'RANGE_INVALID', headers: { range: '0-9' } });
      expect(await send(server, locationOf(first))).toMatchObject({ status: 204, headers: { range: '0-9' } });
    },
  );

  test('a chunk with another length than its Content-Range is taken back', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const location = await begin(server);
    for (const [range, chunked] of [
      ['0-9', false],
      ['0-4', true],
      ['0-99', true],
    ] as const) {
      const headers = { 'content-range': range };
      const answer = await send(server, location, { method: 'PATCH', headers, chunked, body: content.subarray(0, 20) });
      expect(answer, range).toMatchObject({ status: 400, code: 'SIZE_INVALID' });
    }
    expect(await send(server, `${location}&digest=${digest}`, { method: 'PUT', body: content })).toMatchObject({
      status: 201,
    });
  });

  test('a client that goes away leaves what arrived, to be resumed (fault 1, sandbox)', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const location = await begin(server);
    await cutOff(server, directory.path, location, content.subarray(0, 300));
    const status = await until(
      async () => await send(server, location),
      (answer) => answer.headers.range === '0-299',
    );
    const rest = { method: 'PUT', headers: { 'content-range': '300-999' }, body: content.subarray(300) };
    const put = await until(
      async () => await send(server, `${locationOf(status)}&digest=${digest}`, rest),
      (answer) => answer.status !== 409,
    );
    expect(put).toMatchObject({ status: 201 });
    expect((await readBlob(server)).bytes.equals(content)).toBe(true);
  });

  test('a client that goes away in the middle of a single POST leaves nothing', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await cutOff(server, directory.path, `${uploadsPath}?digest=${digest}`, content.subarray(0, 300), 'POST');
    await until(
      async () => await readdir(join(directory.path, 'uploads')),
      (files) => files.length === 0,
    );
    expect((await readBlob(server)).status).toBe(404);
  });

  test('a body that stops moving is cut off', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path, { idleMs: 100 });
    const location = await begin(server);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc`);
    await new Promise((resolve) =>
      socket
        .once('close', resolve)
        .on('error', () => undefined)
        .resume(),
    );
    expect(await send(server, location)).toMatchObject({ status: 204, headers: { range: '0-2' } });
  });

  test('a body that never ends gets its refusal, and then the connection ends', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path, { maxBlobBytes: 100_000 });
    const path = await begin(server);
    const request = httpRequest({ port: server.port, host: '127.0.0.1', method: 'PATCH', path });
    const pump = setInterval(() => request.write(Buffer.alloc(50_000)), 10);
    const closed = new Promise((resolve) => request.once('close', resolve).on('error', () => undefined));
    const status = await new Promise((resolve) =>
      request.once('response', (answer) => resolve(answer.resume().statusCode)),
    );
    expect(status).toBe(413);
    await closed;
    clearInterval(pump);
  });

  test('two requests cannot write to an upload at once', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const location = await begin(server);
    const slow = httpRequest({ port: server.port, host: '127.0.0.1', method: 'PATCH', path: location });
    slow.on('error', () => undefined).write('abc');
    await until(
      async () => await send(server, location),
      (answer) => answer.headers.range === '0-2',
    );
    expect(await send(server, location, { method: 'PATCH', body: 'def' })).toMatchObject({ status: 409 });
    slow.destroy();
  });

  test('an upload that is cancelled is gone', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const location = await begin(server);
    expect(await send(server, location, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await send(server, location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  });

  test('an upload goes on in the next registry on the same directory', async () => {
    await using directory = await temporaryDirectory();
    let location: string;
    {
      await using server = await plainRegistry(directory.path);
      location = locationOf(
        await send(server, await begin(server), { method: 'PATCH', body: content.subarray(0, 600) }),
      );
    }
    await using server = await plainRegistry(directory.path);
    const put = await send(server, `${location}&digest=${digest}`, { method: 'PUT', body: content.subarray(600) });
    expect(put.status).toBe(201);
  });

  test('Locations are absolute under the host that was asked for, when wanted', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path, { locations: 'absolute' });
    const answer = await send(server, uploadsPath, { method: 'POST', headers: { host: 'registry.example:5000' } });
    expect(locationOf(answer)).toMatch(/^http:\/\/registry\.example:5000\/v2\/some\/name\/blobs\/uploads\//);
  });
});

describe('blobs', () => {
  test('one that is not there, and one of another repository, are unknown', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await push(server, content, 'other/name');
    expect(await readBlob(server)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
    expect(await send(server, `/v2/some/name/blobs/${digest}`, { method: 'HEAD' })).toMatchObject({
      status: 404,
      text: '',
    });
  });

  test('HEAD tells size and digest', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await push(server, content);
    const answer = await send(server, `/v2/some/name/blobs/${digest}`, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers).toMatchObject({ 'content-length': '1000', 'docker-content-digest': digest });
  });

  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=990-', 990, 999],
    ['bytes=-10', 990, 999],
    ['bytes=-5000', 0, 999],
    ['bytes=10-5000', 10, 999],
  ])('the range %s', async (range, start, end) => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await push(server, content);
    const answer = await readBlob(server, { range });
    expect(answer).toMatchObject({ status: 206, headers: { 'content-range': `bytes ${start}-${end}/1000` } });
    expect(answer.bytes.equals(content.subarray(start, end + 1))).toBe(true);
  });

  test.each(['bytes=1000-', 'bytes=-0', 'bytes=5000-6000'])(
    'rejects the range %s, which is outside the blob',
    async (range) => {
      await using directory = await temporaryDirectory();
      await using server = await plainRegistry(directory.path);
      await push(server, content);
      expect(await readBlob(server, { range })).toMatchObject({
        status: 416,
        headers: { 'content-range': 'bytes */1000' },
      });
    },
  );

  test.each(['bytes=9-0', 'lines=1-2', 'bytes=0-1,5-6', 'bytes=-', ''])('ignores the range %j', async (range) => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await push(server, content);
    expect((await readBlob(server, { range })).bytes.equals(content)).toBe(true);
  });

  test('serves an empty blob', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const empty = await push(server, '');
    expect(await send(server, `/v2/some/name/blobs/${empty}`)).toMatchObject({ status: 200, text: '' });
  });

  test('mounts from another repository (201), and starts an upload if the blob is missing', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    await push(server, content, 'other/name');
    for (const query of [
      `mount=${digest}&from=no/such`,
      `mount=${digest}&from=../x`,
      'mount=sha256:1',
      `mount=${digest}`,
    ]) {
      expect(await send(server, `${uploadsPath}?${query}`, { method: 'POST' }), query).toMatchObject({ status: 202 });
    }
    const mounted = await send(server, `${uploadsPath}?mount=${digest}&from=other%2Fname`, { method: 'POST' });
    expect(mounted).toMatchObject({ status: 201, headers: { 'docker-content-digest': digest } });
    expect((await readBlob(server)).bytes.equals(content)).toBe(true);
  });
});

describe('manifests and tags', () => {
  test('stores OCI manifests and indexes when everything they name exists', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const image = await imageOf([[{ name: 'a' }]]);
    for (const bytes of image.blobs.values()) await push(server, bytes);
    const child = { mediaType: dockerManifest, digest: image.manifestDigest, size: image.manifest.length };
    const index = JSON.stringify({ schemaVersion: 2, manifests: [child] });
    const put = async (reference: string, body: string | Buffer, type: string) =>
      await send(server, `/v2/some/name/manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': type },
        body,
      });
    const indexType = 'application/vnd.oci.image.index.v1+json';
    expect(await put('multi', index, indexType)).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
    expect(await put(image.manifestDigest, image.manifest, dockerManifest)).toMatchObject({ status: 201 });
    expect(await put('multi', index, indexType)).toMatchObject({ status: 201 });
    expect(await send(server, '/v2/some/name/manifests/multi')).toMatchObject({
      text: index,
      headers: { 'content-type': indexType },
    });
  });

  test('responds MANIFEST_UNKNOWN to unknown references of any form', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    for (const reference of ['latest', digest, 'sha256:short', '.hidden', '..%2f..%2fx', 'a'.repeat(500)]) {
      const answer = await send(server, `/v2/some/name/manifests/${reference}`);
      expect(answer, reference).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    }
  });

  test('rejects invalid tags (fault 33, sandbox)', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    for (const tag of ['.hidden', '-x', '..%2f..%2fx', 'a'.repeat(129), '%F0%9F%9A%80']) {
      const headers = { 'content-type': dockerManifest };
      const answer = await send(server, `/v2/some/name/manifests/${tag}`, { method: 'PUT', headers, body: '{}' });
      expect(answer, tag).toMatchObject({ status: 400, code: 'TAG_INVALID' });
    }
  });

  test('lists tags in order and in pages, case-sensitively', async () => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    expect(await send(server, '/v2/some/name/tags/list')).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    const image = await imageOf([]);
    for (const bytes of image.blobs.values()) await push(server, bytes);
    for (const tag of ['b', 'a', 'B', '1.0', 'latest']) {
      const headers = { 'content-type': dockerManifest };
      await send(server, `/v2/some/name/manifests/${tag}`, { method: 'PUT', headers, body: image.manifest });
    }
    const pages: string[][] = [];
    let next: string | undefined = '/v2/some/name/tags/list?n=2';
    while (next !== undefined) {
      const answer: TestResponse = await send(server, next);
      pages.push((JSON.parse(answer.text) as { tags: string[] }).tags);
      next = /^<(.+)>; rel="next"$/.exec(String(answer.headers.link))?.[1];
    }
    expect(pages).toEqual([['1.0', 'B'], ['a', 'b'], ['latest']]);
    expect((await send(server, '/v2/some/name/tags/list')).text).toBe(
      '{"name":"some/name","tags":["1.0","B","a","b","latest"]}',
    );
    expect((await send(server, '/v2/some/name/tags/list?n=0')).text).toBe('{"name":"some/name","tags":[]}');
    expect(await send(server, '/v2/some/name/tags/list?n=-1')).toMatchObject({ code: 'PAGINATION_NUMBER_INVALID' });
  });
});

describe('malformed requests', () => {
  test.each([
    '/v2/../../etc/blobs/uploads/',
    '/v2/a/../b/blobs/uploads/',
    '/v2/a%2f..%2f..%2fb/blobs/uploads/',
    '/v2/UPPER/blobs/uploads/',
    '/v2/a//b/blobs/uploads/',
    '/v2/_uploads/blobs/uploads/',
    '/v2/a%00b/blobs/uploads/',
    '/v2/a\\b/blobs/uploads/',
    '/v2/%E0%A4%A/blobs/uploads/',
    `/v2/${'a'.repeat(256)}/blobs/uploads/`,
  ])('rejects %s as a repository name (fault 33, sandbox)', async (path) => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    expect(await send(server, path, { method: 'POST' })).toMatchObject({ status: 400, code: 'NAME_INVALID' });
    expect(await readdir(directory.path)).toEqual([]);
  });

  test.each([
    '/',
    '/v1/',
    '/v2/_catalog',
    '/v2/name',
    '/v2/name/blobs',
    '/v2/name/blobs/uploads/a/b',
    '/v2/name/tags/',
    '*',
  ])('responds 404 to %s', async (path) => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    const answer = await send(server, path);
    expect([404, 400]).toContain(answer.status);
    expect(answer.code).toBeDefined();
  });

  test.each([
    ['DELETE', `/v2/some/name/blobs/${digest}`],
    ['DELETE', '/v2/some/name/manifests/latest'],
    ['POST', '/v2/some/name/manifests/latest'],
    ['GET', '/v2/some/name/blobs/uploads/'],
    ['PUT', '/v2/'],
    ['OPTIONS', '/v2/some/name/tags/list'],
  ])('%s %s is unsupported', async (method, path) => {
    await using directory = await temporaryDirectory();
    await using server = await plainRegistry(directory.path);
    expect(await send(server, path, { method })).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
  });

  test("responds 503 with the reason when the directory isn't writable", async () => {
    await using server = await plainRegistry('/dev/null/registry');
    expect(await send(server, uploadsPath, { method: 'POST' })).toMatchObject({ status: 503, code: 'UNKNOWN' });
  });
});

/** Sends the start of a body and breaks the connection once the registry has it. */
async function cutOff(
  server: TestServer,
  directory: string,
  path: string,
  body: Buffer,
  method = 'PATCH',
): Promise<void> {
  const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
  socket.write(`${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n`);
  socket.write(body);
  const uploads = join(directory, 'uploads');
  const sizes = async () => {
    const ids = await readdir(uploads).catch(() => []);
    return await Promise.all(ids.map(async (id) => (await stat(join(uploads, id))).size));
  };
  await until(sizes, (found) => found.includes(body.length));
  socket.resetAndDestroy();
}
