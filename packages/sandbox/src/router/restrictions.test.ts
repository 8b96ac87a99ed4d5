import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createRouter } from './create-router.ts';

/** Opens an app's address with one dyno, which responds with the header that the query names, of that many bytes. */
async function openApp() {
  const dyno = createServer({ maxHeaderSize: 10 * 2 ** 20 }, ({ url = '' }, response) => {
    const { searchParams } = new URL(url, 'http://a');
    for (const [name, bytes] of searchParams) if (name !== 'q') response.setHeader(name, 'x'.repeat(Number(bytes)));
    response.end();
  });
  await new Promise<void>((resolve) => dyno.listen(0, '127.0.0.1', resolve));
  const router = createRouter();
  const opened = await router.open('shop');
  opened.setTargets([{ name: 'web.1', port: (dyno.address() as AddressInfo).port }], 'H14');
  return {
    port: opened.port,
    /** Returns the status and the router's error. */
    async request(path: string, headers: Record<string, string> = {}) {
      return await new Promise((resolve, reject) => {
        const options = { port: opened.port, host: '127.0.0.1', path, headers, maxHeaderSize: 10 * 2 ** 20 };
        httpRequest(options, (response) => {
          response.resume().once('end', () => resolve([response.statusCode, response.headers['x-router-error']]));
        })
          .once('error', reject)
          .end();
      });
    },
    async [Symbol.asyncDispose]() {
      await router.close();
      dyno.close();
    },
  };
}

const ok = [200, undefined];
const x = (bytes: number) => 'x'.repeat(bytes);
const headers = (count: number, bytes: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, x(bytes)]));

test('a request has at most 1,000 headers with values of 8 KiB, and a request line of 8 KiB', async () => {
  await using app = await openApp();
  expect(await app.request('/', headers(40, 8192))).toEqual(ok);
  expect(await app.request('/', { large: x(8193) })).toEqual([400, undefined]);
  expect(await app.request('/', { [x(1001)]: '' })).toEqual([400, undefined]);
  expect(await app.request('/', headers(1001, 1))).toEqual([400, undefined]);
  expect(await app.request('/', headers(3000, 1))).toEqual([400, undefined]);
  expect(await app.request(`/?q=${x(8000)}`)).toEqual(ok);
  expect(await app.request(`/?q=${x(8192)}`)).toEqual([414, undefined]);
});

test('what isn’t HTTP gets 400', async () => {
  await using app = await openApp();
  const socket = connect(app.port, '127.0.0.1');
  socket.write('hello\r\n\r\n');
  expect((await buffer(socket)).toString()).toContain('HTTP/1.1 400 Bad Request');
});

test('a response has header lines of at most 512 KiB, and cookies of 8 KiB', async () => {
  await using app = await openApp();
  expect(await app.request('/?large=500000')).toEqual(ok);
  expect(await app.request('/?large=524288')).toEqual([503, 'H25']);
  expect(await app.request('/?large=20000000')).toEqual([503, 'H25']);
  expect(await app.request('/?set-cookie=8192')).toEqual(ok);
  expect(await app.request('/?set-cookie=8193')).toEqual([503, 'H25']);
});
