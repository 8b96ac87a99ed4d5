import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import type { Sandbox } from '../server/sandbox.ts';
import { pushImage, webImage } from '../testing/push-image.ts';
import { RawConnection } from '../testing/raw-connection.ts';
import type { FaultEffect, FaultTrigger } from './fault.ts';
import type { SetFault } from './faults.ts';

let sandbox: Sandbox;
let wire: RawConnection;

beforeEach(async () => {
  sandbox = await startSandbox({ apps: ['shop'] });
});
afterEach(async () => {
  wire.destroy();
  // Fails if the test's fault has not fired.
  await sandbox.close();
});

/** Sets a fault and opens a connection to its service. */
async function withFault(on: FaultTrigger, effect: FaultEffect): Promise<SetFault> {
  wire = await RawConnection.open({ port: Number(new URL(sandbox.urls[on.service]).port) });
  return sandbox.faults.add({ on, effect });
}

const heroku = { service: 'heroku' } as const;
const registry = { service: 'registry' } as const;

function get(path: string, headers = herokuHeaders()): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
}

function herokuHeaders(): string {
  return `Accept: application/vnd.heroku+json; version=3\r\nAuthorization: Bearer ${sandbox.apiKey}\r\n`;
}

function basic(): string {
  return `Authorization: Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}\r\n`;
}

/** Starts an upload and returns the head of the PATCH request for its bytes. */
async function uploadHead(length: number): Promise<string> {
  const base = `${sandbox.urls.registry}/v2/shop/web/blobs/uploads/`;
  const authorization = basic().slice('Authorization: '.length, -2);
  const started = await fetch(base, { method: 'POST', headers: { authorization } });
  const { pathname, search } = new URL(started.headers.get('location') ?? '', base);
  const type = 'Content-Type: application/octet-stream\r\n';
  return `PATCH ${pathname}${search} HTTP/1.1\r\nHost: 127.0.0.1\r\n${basic()}${type}Content-Length: ${length}\r\n\r\n`;
}

async function head(): Promise<string> {
  return await wire.until('\r\n\r\n');
}

async function bodyOf(responseHead: string): Promise<string> {
  const length = Number(/^content-length: (\d+)/im.exec(responseHead)?.[1]);
  while (wire.received.length < length) await wire.more();
  return wire.received.slice(0, length);
}

describe('on the wire', () => {
  test('answer: sends the given status, headers and body; the service does not see the request', async () => {
    await withFault(heroku, {
      kind: 'answer',
      status: 429,
      headers: { 'content-type': 'text/html', 'retry-after': '7' },
      body: '<html>',
    });
    wire.write(get('/account'));
    const response = await head();
    expect(response).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
    expect(response).toContain('retry-after: 7\r\n');
    expect(response).not.toContain('request-id');
    expect(await bodyOf(response)).toBe('<html>');
  });

  test('reset-request: resets the connection when `afterBytes` of the second body have arrived', async () => {
    const [first, second] = [await uploadHead(10), await uploadHead(100_000)];
    await withFault({ ...registry, method: 'PATCH', nth: 2 }, { kind: 'reset-request', afterBytes: 50_000 });
    wire.write(`${first}0123456789`);
    expect(await head()).toMatch(/^HTTP\/1\.1 202 /);
    wire.write(second + 'x'.repeat(100_000));
    expect(await wire.ended()).toBe('reset');
    expect(wire.received).toBe('');
    await sandbox.journal.settled();
    expect(sandbox.journal.entries({ method: 'PATCH' }).map(({ bytesIn, status }) => [bytesIn, status])).toEqual([
      [10, 202],
      [50_000, 0],
    ]);
  });

  test('reset-request after 0 bytes: no response, and the service does not see the request', async () => {
    await withFault(heroku, { kind: 'reset-request', afterBytes: 0 });
    wire.write(get('/account'));
    expect(await wire.ended()).toBe('reset');
    expect(wire.received).toBe('');
  });

  test('reset-answer: resets after `afterBytes` of the response body; the change has happened', async () => {
    await withFault({ ...heroku, method: 'PATCH' }, { kind: 'reset-answer', afterBytes: 4 });
    const json = 'Content-Type: application/json\r\nContent-Length: 9\r\n';
    wire.write(`PATCH /apps/shop/config-vars HTTP/1.1\r\nHost: 127.0.0.1\r\n${herokuHeaders()}${json}\r\n{"A":"1"}`);
    expect(await head()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*content-length: 10\r\n/);
    expect(await wire.ended()).toBe('reset');
    expect(wire.received).toBe('{"A"');
    using again = await RawConnection.open({ port: Number(new URL(sandbox.urls.heroku).port) });
    again.write(get('/apps/shop/config-vars'));
    expect(await again.until('}')).toContain('{"A":"1"}');
  });

  test('reset-answer after 0 bytes: sends nothing', async () => {
    await withFault(heroku, { kind: 'reset-answer', afterBytes: 0 });
    wire.write(get('/account'));
    expect([await wire.ended(), wire.received]).toEqual(['reset', '']);
  });

  test('alter-answer: half the JSON in a complete response, another status, an added and a removed header', async () => {
    await withFault(heroku, {
      kind: 'alter-answer',
      status: 206,
      headers: { 'X-Odd': '1', 'Request-Id': null },
      replace: { text: '"email"', by: '"e-mail"' },
      keepBytes: 60,
    });
    wire.write(get('/account'));
    const response = await head();
    expect(response).toMatch(/^HTTP\/1\.1 206 Partial Content\r\n/);
    expect(response).toContain('x-odd: 1\r\n');
    expect(response).toContain('content-length: 60\r\n');
    expect(response).not.toMatch(/request-id/i);
    expect(await bodyOf(response)).toMatch(/^\{"id":"[^"]+","e-mail":"sandb$/);
    wire.write(get('/account'));
  });

  test('alter-answer: a wrong digest in the header, and wrong bytes', async () => {
    const { manifestDigest } = await pushImage(sandbox, 'shop/web', webImage('hello'));
    const wrong = `sha256:${'0'.repeat(64)}`;
    const path = '/v2/shop/web/manifests/latest';
    await withFault({ ...registry, path }, { kind: 'alter-answer', headers: { 'docker-content-digest': wrong } });
    wire.write(get(path, basic()));
    const response = await head();
    expect(response).toContain(`docker-content-digest: ${wrong}\r\n`);
    expect(digestOf(await bodyOf(response))).toBe(manifestDigest);
    wire.destroy();
    await withFault({ ...registry, path }, { kind: 'alter-answer', flipByte: 5 });
    wire.write(get(path, basic()));
    const flipped = await head();
    expect(flipped).toContain(`docker-content-digest: ${manifestDigest}\r\n`);
    expect(digestOf(await bodyOf(flipped))).not.toBe(manifestDigest);
  });

  test('alter-request: the registry stores the rewritten manifest under another digest (fault 24, sandbox)', async () => {
    const { manifestDigest } = await pushImage(sandbox, 'shop/web', webImage('hello'));
    const path = '/v2/shop/web/manifests/latest';
    await withFault({ ...registry, method: 'PUT', path }, { kind: 'alter-request', rewriteJson: true });
    wire.write(get(path, basic()));
    const manifest = await bodyOf(await head());
    wire.destroy();
    wire = await RawConnection.open({ port: Number(new URL(sandbox.urls.registry).port) });
    const type = 'Content-Type: application/vnd.docker.distribution.manifest.v2+json\r\n';
    const length = `Content-Length: ${manifest.length}\r\n`;
    wire.write(`PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${basic()}${type}${length}\r\n${manifest}`);
    const response = await head();
    expect(response).toMatch(/^HTTP\/1\.1 201 /);
    expect(response).not.toContain(manifestDigest);
    wire.write(get(path, basic()));
    const stored = await head();
    expect(JSON.parse(await bodyOf(stored))).toEqual(JSON.parse(manifest));
    expect(stored).toContain(`docker-content-digest: ${digestOf(await bodyOf(stored))}`);
  });

  test('stall: pauses for `ms`, then responds', async () => {
    await withFault(heroku, { kind: 'stall', ms: 120 });
    const started = performance.now();
    wire.write(get('/account'));
    expect(await head()).toMatch(/^HTTP\/1\.1 200 /);
    expect(performance.now() - started).toBeGreaterThan(115);
  });

  test('stall without `ms`: sends nothing and keeps the connection open', async () => {
    await withFault(heroku, { kind: 'stall' });
    wire.write(get('/account'));
    expect(await within(120, wire.ended())).toBe('still open');
    expect(wire.received).toBe('');
  });

  test('stall-request: reads `afterBytes`, and the rest after the pause', async () => {
    const size = 9_000_000;
    const upload = await uploadHead(size);
    await withFault({ ...registry, method: 'PATCH' }, { kind: 'stall-request', afterBytes: 1000, ms: 150 });
    const started = performance.now();
    const sent = wire.writeAll(upload + 'x'.repeat(size));
    // More than the kernel buffers.
    expect(await within(100, sent)).toBe('still open');
    await sent;
    expect(await head()).toMatch(new RegExp(`^HTTP/1\\.1 202 [^]*range: 0-${size - 1}\r\n`, 'i'));
    expect(performance.now() - started).toBeGreaterThan(145);
  });

  test('stall-answer: sends the first bytes of the body at once, the rest after the pause', async () => {
    await withFault(heroku, { kind: 'stall-answer', afterBytes: 6, ms: 150 });
    const started = performance.now();
    wire.write(get('/account'));
    const response = await head();
    while (wire.received.length < 6) await wire.more();
    expect(wire.received).toBe('{"id":');
    expect(await bodyOf(response)).toMatch(/\}\n$/);
    expect(performance.now() - started).toBeGreaterThan(145);
  });

  test('drip-request: reads the body no faster than configured', async () => {
    const upload = await uploadHead(1000);
    await withFault({ ...registry, method: 'PATCH' }, { kind: 'drip-request', bytesPerSecond: 5000 });
    const started = performance.now();
    wire.write(upload + 'x'.repeat(1000));
    expect(await head()).toMatch(/^HTTP\/1\.1 202 [^]*range: 0-999\r\n/i);
    expect(performance.now() - started).toBeGreaterThan(150);
  });

  test('drip-answer: sends the whole body in pieces at the configured rate', async () => {
    await withFault(heroku, { kind: 'drip-answer', bytesPerSecond: 2000 });
    const started = performance.now();
    wire.write(get('/account'));
    const body = await bodyOf(await head());
    expect(JSON.parse(body)).toMatchObject({ email: 'sandbox@example.com' });
    expect(performance.now() - started).toBeGreaterThan((body.length / 2000) * 1000 * 0.7);
    expect(wire.pieces).toBeGreaterThan(3);
  });

  test('expired-token: the service responds as to an unknown key', async () => {
    await withFault(heroku, { kind: 'expired-token' });
    wire.write(get('/account'));
    expect(await head()).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    for (const path of [
      '/api/v4/projects/1/variables',
      `/api/v4/projects/1/variables?private_token=${sandbox.gitlabToken}`,
    ]) {
      wire.destroy();
      await withFault({ service: 'gitlab' }, { kind: 'expired-token' });
      wire.write(get(path, path.includes('?') ? '' : `PRIVATE-TOKEN: ${sandbox.gitlabToken}\r\n`));
      expect(await head()).toMatch(/^HTTP\/1\.1 401 /);
    }
    wire.destroy();
    await withFault({ ...registry, nth: 2 }, { kind: 'expired-token' });
    wire.write(get('/v2/', basic()));
    expect(await bodyOf(await head())).toBe('{}');
    wire.write(get('/v2/', basic()));
    await wire.until('{}');
    expect(await head()).toMatch(/^HTTP\/1\.1 401 [^]*www-authenticate: /i);
  });

  test('other-release: exists before the response to the request', async () => {
    await withFault(heroku, { kind: 'other-release' });
    wire.write(get('/apps/shop/releases'));
    expect(await bodyOf(await head())).toContain('somebody@example.com');
  });

  test('hold-release: the release is pending in the response and after it', async () => {
    await withFault({ ...heroku, method: 'PATCH' }, { kind: 'hold-release', reads: 2, outcome: 'expired' });
    const json = 'Content-Type: application/json\r\nContent-Length: 9\r\n';
    wire.write(`PATCH /apps/shop/config-vars HTTP/1.1\r\nHost: 127.0.0.1\r\n${herokuHeaders()}${json}\r\n{"A":"1"}`);
    await wire.until('{"A":"1"}\n');
    for (const status of ['pending', 'pending', 'expired']) {
      wire.write(get('/apps/shop/releases/3'));
      expect(await wire.until('}\n')).toContain(`"status":"${status}"`);
    }
  });
});

test.each<[string, FaultEffect]>([
  ['reset-request after more bytes than the body has', { kind: 'reset-request', afterBytes: 1000 }],
  ['reset-answer after more bytes than the body has', { kind: 'reset-answer', afterBytes: 100_000 }],
  ['stall-answer after more bytes than the body has', { kind: 'stall-answer', afterBytes: 100_000 }],
  ['alter-answer of a string not in the body', { kind: 'alter-answer', replace: { text: 'nothing', by: '' } }],
])('%s: the response is the service’s, and the fault has not fired', async (_name, effect) => {
  const set = await withFault(heroku, effect);
  wire.write(get('/account'));
  const response = await head();
  expect(response).toMatch(/^HTTP\/1\.1 200 /);
  expect(JSON.parse(await bodyOf(response))).toMatchObject({ email: 'sandbox@example.com' });
  expect(set).toMatchObject({ seen: 1, fired: 0 });
  sandbox.faults.clear();
});

function digestOf(latin1: string): string {
  return `sha256:${createHash('sha256').update(Buffer.from(latin1, 'latin1')).digest('hex')}`;
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | 'still open'> {
  return await Promise.race([promise, new Promise<'still open'>((resolve) => setTimeout(resolve, ms, 'still open'))]);
}
