import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { tarLayer } from '../../testing/tar-layer.ts';
import { type LoopbackOptions, type LoopbackRegistry, openLoopbackRegistry } from './loopback-registry.ts';

let directory: string;
let registry: LoopbackRegistry;
let failures: number;

async function open(more: Partial<LoopbackOptions> = {}): Promise<void> {
  await registry?.close();
  const options = { directory, known: new Map<string, number>(), maxBytes: 1_000_000, secrets: [], ...more };
  registry = await openLoopbackRegistry(options, () => (failures += 1));
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'loopback-test-'));
  failures = 0;
  await open();
});
afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: Buffer | string, login = registry.login) {
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const init = {
    method,
    headers: { authorization },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  };
  return fetch(`http://${registry.image.registry}${path}`, init);
}

async function beginUpload(): Promise<string> {
  return (await call('POST', '/v2/shop/blobs/uploads/')).headers.get('location')!;
}

test('rejects every request without its login', async () => {
  const stranger = { username: registry.login.username, password: 'guessed' };
  const calls = [
    ['GET', '/v2/'],
    ['POST', '/v2/shop/blobs/uploads/'],
    ['PUT', '/v2/shop/manifests/latest'],
    ['GET', '/v2/shop/manifests/latest'],
    ['GET', '/elsewhere'],
  ] as const;

  for (const [method, path] of calls) {
    const refused = await call(method, path, undefined, stranger);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="registry-pusher"']);
  }
  expect((await fetch(`http://${registry.image.registry}/v2/`)).status).toBe(401);
  expect(await readdir(directory)).toEqual([]);
  expect(registry.wasReached()).toBe(false);

  expect((await call('GET', '/v2/')).status).toBe(200);
  expect(registry.wasReached()).toBe(true);
});

test('generates a new login for each registry', async () => {
  const { login, image } = registry;
  await open();

  expect(registry.login.password).not.toBe(login.password);
  expect(registry.login.password.length).toBeGreaterThan(40);
  expect(registry.image.tag).not.toBe(image.tag);
});

test.for([
  ['DELETE', '/v2/shop/manifests/latest', 405],
  ['DELETE', `/v2/shop/blobs/${digestOf('x')}`, 405],
  ['GET', '/v2/shop/blobs/uploads/00', 405],
  ['POST', '/v2/', 405],
  ['constructor', '/v2/', 400],
  ['GET', '/v2/_catalog', 404],
  ['GET', '/v2/shop/tags/list', 404],
  ['GET', '/v2/shop/blobs/..%2f..%2fetc', 404],
  ['PATCH', '/v2/shop/blobs/uploads/00', 404],
  ['GET', '/', 404],
] as const)('rejects %s %s, which is not part of a push', async ([method, path, status]) => {
  expect(await statusOf(method, path)).toBe(status);
});

/** Unlike fetch, sends methods and paths unchanged. */
async function statusOf(method: string, path: string): Promise<number> {
  const { username, password } = registry.login;
  const [host, port] = registry.image.registry.split(':');
  return new Promise((resolve, reject) => {
    try {
      request({ host, port, method, path, auth: `${username}:${password}` }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .on('error', reject)
        .end();
    } catch {
      resolve(400);
    }
  });
}

test('reports known blobs without serving them, and no others', async () => {
  const known = digestOf('a layer of the base');
  await open({ known: new Map([[known, 1234]]) });

  const head = await call('HEAD', `/v2/shop/blobs/${known}`);
  expect([head.status, head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
    200,
    '1234',
    known,
  ]);
  expect((await call('GET', `/v2/shop/blobs/${known}`)).status).toBe(404);
  expect((await call('HEAD', `/v2/shop/blobs/${digestOf('another')}`)).status).toBe(404);
});

test('stores a chunked layer in a private file and scans it', async () => {
  const tar = await tarLayer({ 'app/main.js': 'main', 'app/key': 'the-secret-key' });
  const blob = gzipSync(tar);
  await open({ secrets: ['the-secret-key'] });

  const upload = await beginUpload();
  expect((await call('PATCH', upload, blob.subarray(0, 50))).headers.get('range')).toBe('0-49');
  await call('PATCH', upload, blob.subarray(50, 90));
  const put = await call('PUT', `${upload}?digest=${digestOf(blob)}`, blob.subarray(90));

  expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, digestOf(blob)]);
  expect((await call('HEAD', `/v2/shop/blobs/${digestOf(blob)}`)).headers.get('content-length')).toBe(`${blob.length}`);
  const spooled = registry.blob(digestOf(blob))!;
  expect(spooled.content).toEqual({
    diffId: digestOf(tar),
    files: 2,
    size: 18,
    secret: { path: '/app/key', secret: 'the-secret-key' },
  });
  expect(await bytesOf(spooled.open())).toEqual(blob);
  expect(await bytesOf(spooled.open(90))).toEqual(blob.subarray(90));
  const [file] = await readdir(directory);
  expect((await stat(join(directory, file!))).mode & 0o777).toBe(0o600);
  expect(registry.sentBytes()).toBe(blob.length);
});

async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  return buffer(chunks);
}

test("accepts a blob that isn't a layer", async () => {
  const config = Buffer.from('{"architecture":"amd64"}'.padEnd(100_000));
  const upload = await beginUpload();
  await call('PATCH', upload, config);

  expect((await call('PUT', `${upload}?digest=${digestOf(config)}`)).status).toBe(201);
  expect(registry.blob(digestOf(config))).toMatchObject({ size: config.length });
  const served = await (await call('GET', `/v2/shop/blobs/${digestOf(config)}`)).arrayBuffer();
  expect(Buffer.from(served).equals(config)).toBe(true);
});

test('rejects and discards bytes with another digest', async () => {
  const upload = await beginUpload();
  await call('PATCH', upload, 'some bytes');

  expect((await call('PUT', `${upload}?digest=${digestOf('others')}`)).status).toBe(400);
  expect(registry.blob(digestOf('others')) ?? registry.blob(digestOf('some bytes'))).toBeUndefined();
  expect([await readdir(directory), registry.sentBytes()]).toEqual([[], 0]);
});

test('stores no more than maxBytes', async () => {
  await open({ maxBytes: 1000 });

  expect((await call('PATCH', await beginUpload(), Buffer.alloc(900))).status).toBe(202);
  expect((await call('PATCH', await beginUpload(), Buffer.alloc(200))).status).toBe(413);
  expect((await call('PATCH', await beginUpload(), Buffer.alloc(100))).status).toBe(202);
});

test('limits the number of open uploads', async () => {
  const statuses = [];
  for (let count = 0; count < 65; count++) statuses.push((await call('POST', '/v2/shop/blobs/uploads/')).status);

  expect(statuses.indexOf(429)).toBe(64);
});

test('discards an interrupted upload and accepts a new one', async () => {
  const upload = await beginUpload();
  const { username, password } = registry.login;
  const [host, port] = registry.image.registry.split(':');
  const broken = request({ host, port, method: 'PATCH', path: upload, auth: `${username}:${password}` });
  broken.on('error', () => undefined);
  broken.write('half');
  while ((await readdir(directory)).length === 0 || registry.sentBytes() === 0) await new Promise(setImmediate);
  broken.destroy();
  while ((await readdir(directory)).length > 0) await new Promise(setImmediate);

  expect([registry.sentBytes(), registry.failure(), failures]).toEqual([0, undefined, 0]);
  expect((await call('PATCH', upload, 'rest')).status).toBe(404);
  expect((await call('PATCH', await beginUpload(), 'whole')).status).toBe(202);
});

test('serves a manifest unchanged by tag and by digest', async () => {
  const { image, login } = registry;
  const bytes = '{ "schemaVersion": 2 }';
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': mediaTypes.ociManifest };
  const url = `http://${image.registry}/v2/shop/manifests`;

  expect((await fetch(`${url}/latest`, { method: 'PUT', headers, body: bytes })).status).toBe(201);
  for (const name of ['latest', digestOf(bytes)]) {
    const got = await call('GET', `/v2/shop/manifests/${name}`);
    expect([await got.text(), got.headers.get('content-type')]).toEqual([bytes, mediaTypes.ociManifest]);
  }
  expect((await fetch(`${url}/${digestOf('x')}`, { method: 'PUT', headers, body: bytes })).status).toBe(400);
  const large = 'x'.repeat(5 * 1024 * 1024);
  expect(
    await fetch(`${url}/large`, { method: 'PUT', headers, body: large }).then(
      ({ status }) => status,
      () => 413,
    ),
  ).toBe(413);
});

test('returns 500 for a local failure and reports it', async () => {
  await rm(directory, { recursive: true });

  expect((await call('POST', '/v2/shop/blobs/uploads/')).status).toBe(500);
  expect(registry.failure()).toMatchObject({ code: 'ENOENT' });
  expect(failures).toBe(1);
});
