import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { type FakeApi, fakeApi, type FakeResponse, type SeenRequest } from '../testing/fake-api.ts';

it('fails on a rejection, without showing the URL (fault 90, heroku-client)', async () => {
  await using api = await fakeApi((request) =>
    request.method === 'POST'
      ? { status: 201, json: { logplex_url: `${api.url}/logs/secret-session?token=secret` } }
      : { status: 403, text: 'expired' },
  );
  const error = await failureOf(clientOf(api).logs.recent('shop'));
  expect(error).toMatchObject({ code: 'PROTOCOL', status: 403 });
  expect(error.message).not.toContain('secret');
});

it("isn't read over plain http from another machine", async () => {
  await using api = await fakeApi(() => ({ status: 201, json: { logplex_url: 'http://logs.example.com/1' } }));
  expect(await failureOf(clientOf(api).logs.recent('shop'))).toMatchObject({ code: 'HOST_REFUSED' });
});

it('ends with ABORTED when aborted', async () => {
  const controller = new AbortController();
  await using api = await fakeApi((request) => {
    if (request.method === 'POST') return { status: 201, json: { logplex_url: `${api.url}/logs/1` } };
    controller.abort();
    return 'silence';
  });
  expect(await failureOf(clientOf(api).logs.recent('shop', { signal: controller.signal }))).toMatchObject({
    code: 'ABORTED',
  });
});

it('reads the newest lines of one dyno, without credentials', async () => {
  await using api = await fakeApi((request) =>
    request.method === 'POST'
      ? { status: 201, json: { logplex_url: `${api.url}/logs/1` } }
      : { text: '2026-01-01T00:00:00Z app[web.1]: café\n2026-01-01T00:00:01Z app[web.1]: closed\n' },
  );
  const lines = await clientOf(api).logs.recent('shop', { lines: 2, dyno: 'web.1', source: 'app' });
  expect(lines).toEqual(['2026-01-01T00:00:00Z app[web.1]: café', '2026-01-01T00:00:01Z app[web.1]: closed']);
  expect(api.seen[0]!.body).toEqual({ lines: 2, tail: false, dyno: 'web.1', source: 'app' });
  expect(api.seen[1]!.headers.authorization).toBeUndefined();
});

/** An API whose log sessions lead to `read`, which gets the number of reads so far. */
async function fakeLog(read: (count: number) => FakeResponse): Promise<FakeApi> {
  let reads = 0;
  const api = await fakeApi(({ method }: SeenRequest) => {
    if (method === 'POST') return { status: 201, json: { logplex_url: `${api.url}/logs/secret-session` } };
    reads += 1;
    return read(reads);
  });
  return api;
}

async function collect(lines: AsyncIterable<string>, onLine: (line: string) => void): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) {
    found.push(line);
    onLine(line);
  }
  return found;
}

/** Writes the same bytes until the reader goes away. */
async function writeForever(response: ServerResponse, bytes: Buffer): Promise<void> {
  const closed = once(response, 'close');
  while (!response.closed) if (!response.write(bytes)) await Promise.race([once(response, 'drain'), closed]);
}

describe('the newest lines', () => {
  it('are read again after a lost session, which costs nothing', async () => {
    let sessions = 0;
    await using api = await fakeApi(({ method }) => {
      if (method !== 'POST') return { text: 'one\n' };
      sessions += 1;
      return sessions === 1 ? 'reset' : { status: 201, json: { logplex_url: `${api.url}/logs/1` } };
    });
    expect(await clientOf(api).logs.recent('shop')).toEqual(['one']);
  });

  it('are what came before the connection was lost', async () => {
    await using api = await fakeLog(() => (response) => {
      response.writeHead(200).write('one\ntwo\n', () => response.socket?.resetAndDestroy());
    });
    expect(await clientOf(api).logs.recent('shop')).toEqual(['one', 'two']);
  });

  it('are no more than requested, and long ones cut, of a log of 50 MB with 30 MB in one line (fault 175, heroku-client)', async () => {
    await using api = await fakeLog(() => (response) => {
      response.write(Buffer.from('short\n'.repeat(4_000_000)));
      response.write(Buffer.alloc(30_000_000, 'x'));
      response.end('\nlast\n');
    });
    expect(await clientOf(api).logs.recent('shop', { lines: 3, deadline: 600_000 })).toEqual([
      'short',
      `${'x'.repeat(16_384)}… (the rest of this line was cut)`,
      'last',
    ]);
  });

  it('keep binary bytes from breaking the lines', async () => {
    await using api = await fakeLog(() => (response) => {
      response.end(Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x1b, 0x0a, 0x62, 0x0a]));
    });
    expect(await clientOf(api).logs.recent('shop')).toEqual(['a\ufffd\ufffd\0\u001b', 'b']);
  });
});

describe('a followed log', () => {
  it('is opened with tail, and ends without an error when aborted', async () => {
    const controller = new AbortController();
    await using api = await fakeLog(() => (response) => response.write('one\n'));
    const { signal } = controller;
    const lines = clientOf(api).logs.tail('shop', { signal, dyno: 'web', source: 'app' });
    expect(await collect(lines, () => controller.abort())).toEqual(['one']);
    expect(api.seen[0]!.body).toEqual({ lines: 0, tail: true, dyno: 'web', source: 'app' });
  });

  it('is opened again after its end and after a lost connection, without repeated lines (fault 67, heroku-client)', async () => {
    const controller = new AbortController();
    await using api = await fakeLog((count) => (response) => {
      if (count === 1) response.end('1 one\n2 two\n');
      else if (count === 2) response.destroy();
      else response.write('1 one\n2 two\n3 three\n4 four\n');
    });
    const lines = clientOf(api).logs.tail('shop', { signal: controller.signal, lines: 2 });
    const found = await collect(lines, (line) => {
      if (line === '4 four') controller.abort();
    });
    expect(found).toEqual(['1 one', '2 two', '3 three', '4 four']);
    expect(
      api.seen.filter(({ method }) => method === 'POST').map(({ body }) => (body as { lines: number }).lines),
    ).toEqual([2, 100, 100]);
  });

  it('fails on a definite rejection, without showing the URL (fault 90, heroku-client)', async () => {
    const { signal } = new AbortController();
    await using forbidden = await fakeLog(() => ({ status: 403, text: 'expired' }));
    const lines = clientOf(forbidden).logs.tail('shop', { signal });
    const error = await failureOf(collect(lines, () => undefined));
    expect(error).toMatchObject({ code: 'PROTOCOL', status: 403 });
    expect(error.message).not.toContain('secret');

    await using missing = await fakeApi(() => ({ status: 404, json: { id: 'not_found', message: 'No such app.' } }));
    const none = clientOf(missing).logs.tail('shop', { signal });
    expect(await failureOf(collect(none, () => undefined))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('needs bounded memory for a log that never ends, and closes it when nobody reads on (fault 175, heroku-client)', async () => {
    let close = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    await using api = await fakeLog(() => (response) => {
      void writeForever(response, Buffer.from(`${'x'.repeat(1_000_000)}\n`)).then(close);
    });
    const { signal } = new AbortController();
    let lines = 0;
    for await (const line of clientOf(api).logs.tail('shop', { signal })) {
      expect(line.length).toBeLessThan(17_000);
      lines += 1;
      if (lines === 30) break;
    }
    await closed;
  });

  it.each([0.5, -1, 1_501])('refuses %d lines before anything is sent', async (lines) => {
    await using api = await fakeApi(() => ({ json: {} }));
    const { signal } = new AbortController();
    expect(() => clientOf(api).logs.tail('shop', { lines, signal })).toThrow('lines must be an integer from 0 to 1500');
    expect(await failureOf(clientOf(api).logs.recent('shop', { lines }))).toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(api.seen).toEqual([]);
  });
});
