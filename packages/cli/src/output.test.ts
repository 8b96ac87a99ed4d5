import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';

test('redacts what it writes', () => {
  const stream = new PassThrough();
  createOutput(stream, (text) => text.replaceAll('hush', '[REDACTED]')).write('a hush b\n');
  expect((stream.read() as Buffer).toString()).toBe('a [REDACTED] b\n');
});

test("doesn't fail when the reader closes the pipe (fault 95, deploy)", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const output = createOutput(socket, (text) => text);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  output.write('x'.repeat(1_000_000));
  await closed;
  expect(() => output.write('more')).not.toThrow();
  server.close();
});
