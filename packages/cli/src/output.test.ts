import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';

test('what is written goes through the redactor', () => {
  const stream = new PassThrough();
  createOutput(stream, (text) => text.replaceAll('hush', '[REDACTED]')).write('a hush b\n');
  expect((stream.read() as Buffer).toString()).toBe('a [REDACTED] b\n');
});

test('a reader that went away is no error (fault 95)', async () => {
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
