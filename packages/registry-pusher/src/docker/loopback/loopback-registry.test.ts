import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { tarFile } from '../../testing/engine.ts';
import { type LoopbackOptions, type LoopbackRegistry, openLoopbackRegistry } from './loopback-registry.ts';

let folder: string;
let registry: LoopbackRegistry;
let failures: number;

async function open(more: Partial<LoopbackOptions> = {}): Promise<void> {
  await registry?.close();
  const options = { folder, known: new Map<string, number>(), room: 1_000_000, secrets: [], ...more };
  registry = await openLoopbackRegistry(options, () => (failures += 1));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopback-test-'));
  failures = 0;
  await open();
});
afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
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

test('who does not have its login is told nothing, and writes nothing', async () => {
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
  expect(await readdir(folder)).toEqual([]);
  expect(registry.wasReached()).toBe(false);

  expect((await call('GET', '/v2/')).status).toBe(200);
  expect(registry.wasReached()).toBe(true);
});

test('logins differ from run to run', async () => {
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
] as const)('%s %s is none of a push and is refused', async ([method, path, status]) => {
  expect(await statusOf(method, path)).toBe(status);
});

/** fetch would write methods and paths in another way. */
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

test('a blob that is known is said to be there, and cannot be read; another one is not there', async () => {
  const known = digestOf('a layer of the base');
  await open({ known: new Map([[known, 1234]]) });

  const told = await call('HEAD', `/v2/shop/blobs/${known}`);
  expect([told.status, told.headers.get('content-length'), told.headers.get('docker-content-digest')]).toEqual([
    200,
    '1234',
    known,
  ]);
  expect((await call('GET', `/v2/shop/blobs/${known}`)).status).toBe(404);
  expect((await call('HEAD', `/v2/shop/blobs/${digestOf('another')}`)).status).toBe(404);
});

test('a layer that comes in pieces lies in a file for this user alone, looked through', async () => {
  const tar = await tarFile({ 'app/main.js': 'main', 'app/key': 'the-secret-key' });
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
    secretIn: 'app/key',
  });
  expect(await bytesOf(spooled.open())).toEqual(blob);
  expect(await bytesOf(spooled.open(90))).toEqual(blob.subarray(90));
  const [file] = await readdir(folder);
  expect((await stat(join(folder, file!))).mode & 0o777).toBe(0o600);
  expect(registry.sentBytes()).toBe(blob.length);
});

async function bytesOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  return buffer(chunks);
}

test('a blob that is no layer is taken too', async () => {
  const config = Buffer.from('{"architecture":"amd64"}'.padEnd(100_000));
  const upload = await beginUpload();
  await call('PATCH', upload, config);

  expect((await call('PUT', `${upload}?digest=${digestOf(config)}`)).status).toBe(201);
  expect(registry.blob(digestOf(config))).toMatchObject({ size: config.length });
  const given = await (await call('GET', `/v2/shop/blobs/${digestOf(config)}`)).arrayBuffer();
  expect(Buffer.from(given).equals(config)).toBe(true);
});

test('bytes that are not what they are called are refused and forgotten', async () => {
  const upload = await beginUpload();
  await call('PATCH', upload, 'some bytes');

  expect((await call('PUT', `${upload}?digest=${digestOf('others')}`)).status).toBe(400);
  expect(registry.blob(digestOf('others')) ?? registry.blob(digestOf('some bytes'))).toBeUndefined();
  expect([await readdir(folder), registry.sentBytes()]).toEqual([[], 0]);
});

test('no more is stored than there is room for', async () => {
  await open({ room: 1000 });

  expect((await call('PATCH', await beginUpload(), Buffer.alloc(900))).status).toBe(202);
  expect((await call('PATCH', await beginUpload(), Buffer.alloc(200))).status).toBe(413);
  expect((await call('PATCH', await beginUpload(), Buffer.alloc(100))).status).toBe(202);
});

test('only so many uploads are open at once', async () => {
  const statuses = [];
  for (let count = 0; count < 65; count++) statuses.push((await call('POST', '/v2/shop/blobs/uploads/')).status);

  expect(statuses.indexOf(429)).toBe(64);
});

test('an upload that breaks off is forgotten, and begun anew', async () => {
  const upload = await beginUpload();
  const { username, password } = registry.login;
  const [host, port] = registry.image.registry.split(':');
  const broken = request({ host, port, method: 'PATCH', path: upload, auth: `${username}:${password}` });
  broken.on('error', () => undefined);
  broken.write('half');
  while ((await readdir(folder)).length === 0 || registry.sentBytes() === 0) await new Promise(setImmediate);
  broken.destroy();
  while ((await readdir(folder)).length > 0) await new Promise(setImmediate);

  expect([registry.sentBytes(), registry.failure(), failures]).toEqual([0, undefined, 0]);
  expect((await call('PATCH', upload, 'rest')).status).toBe(404);
  expect((await call('PATCH', await beginUpload(), 'whole')).status).toBe(202);
});

test('a manifest is given as it was put, by its tag and its digest', async () => {
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

test('what fails on this side is told, and not as the fault of who pushes', async () => {
  await rm(folder, { recursive: true });

  expect((await call('POST', '/v2/shop/blobs/uploads/')).status).toBe(500);
  expect(registry.failure()).toMatchObject({ code: 'ENOENT' });
  expect(failures).toBe(1);
});
