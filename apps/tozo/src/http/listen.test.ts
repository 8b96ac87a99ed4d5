import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type RunningApp, startApp } from '../testing/running-app.ts';

const sourceDigest = 'sha256:142013fe2b5c07e6c5a8';
const request =
  'POST /api/todos HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"title":';

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** Sends a request without the end of its body. Resolves once the app has it. */
async function begin(app: RunningApp, socket: Socket): Promise<IncomingMessage> {
  const received = app.nextRequest();
  socket.write(request);
  return received;
}

describe('a server', () => {
  it.each([
    ['not HTTP', 'garbage\r\n\r\n', '400 Bad Request'],
    [
      'a header that is too large',
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
    ],
  ])('responds to %s, with the source digest', async (_name, bytes, status) => {
    await using app = await startApp({ sourceDigest });
    const socket = await open(app.port);
    socket.write(bytes);
    const response = await text(socket);
    expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\nx-source-digest: ${sourceDigest}\r\n`));
  });

  it('drops a request whose sender disconnects', async () => {
    await using app = await startApp();
    const socket = await open(app.port);
    const received = await begin(app, socket);
    const closed = new Promise((resolve) => received.once('close', resolve));
    socket.destroy();
    await closed;
    expect((await fetch(app.url)).status).toBe(200);
    expect(await app.store.list()).toEqual([]);
  });

  it('finishes a request in progress when it stops, then closes the connection, and accepts no new one', async () => {
    await using app = await startApp();
    const idle = await open(app.port);
    const busy = await open(app.port);
    await begin(app, busy);
    const stopped = app.server.stop(5_000);
    await expect(fetch(app.url)).rejects.toThrow('fetch failed');
    expect(await text(idle)).toBe('');
    busy.write('"x"}');
    const response = await text(busy);
    expect(response).toMatch(/^HTTP\/1.1 201 Created\r\n[^]*connection: close\r\n/i);
    await stopped;
    expect(await app.store.list()).toHaveLength(1);
  });

  it('closes connections with unfinished requests after the grace period', async () => {
    await using app = await startApp();
    const socket = await open(app.port);
    socket.on('error', () => {});
    await begin(app, socket);
    const before = performance.now();
    await app.server.stop(200);
    expect(performance.now() - before).toBeGreaterThan(190);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
