import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clearLine, sectionEnd, sectionStart } from './control.ts';
import { createOutput } from './output.ts';

const redaction = { redact: (value: string) => value.replaceAll('hush', '[REDACTED]'), add: () => undefined };

async function written(write: (output: ReturnType<typeof createOutput>) => void, env = {}): Promise<string> {
  const stream = new PassThrough();
  write(createOutput(stream, redaction, env));
  stream.end();
  return text(stream);
}

test('redacts and escapes text, JSON included', async () => {
  expect(await written((output) => output.write('a hush \u001B[2J\n'))).toBe('a [REDACTED] \\u001b[2J\n');
  expect(await written((output) => output.writeJson({ a: 'hush\u202E' }))).toBe('{"a":"[REDACTED]\\u202e"}\n');
});

test('whatever the text, an output writes no control sequences but its own (fault 116, deploy)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (data) => {
      const bytes = await written(
        (output) => {
          output.write(clearLine, sectionStart(data, { collapsed: true }), { style: 'red', text: data }, data);
          output.write(sectionEnd(data), '\n');
        },
        { FORCE_COLOR: '1' },
      );
      const own = /\r\u001B\[2K|section_(?:start|end):\d+:[\w.-]*(?:\[collapsed=true\])?\r\u001B\[0K|\u001B\[\d+m/g;
      expect(bytes.replace(own, '')).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}]*$/mu);
      expect(bytes.replace(own, '')).not.toMatch(/[^\P{Cc}\n]/u);
    }),
    { numRuns: 200 },
  );
});

test.each([
  [{}, false],
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  [{ FORCE_COLOR: '0', GITLAB_CI: 'true' }, false],
  [{ GITLAB_CI: 'true' }, true],
  [{ GITLAB_CI: 'true', NO_COLOR: '1' }, false],
])('without a terminal and with %j, colors: %s', async (env, colors) => {
  const bytes = await written((output) => output.write({ style: 'green', text: 'LIVE' }), env);
  expect(bytes).toBe(colors ? '\u001B[32mLIVE\u001B[39m' : 'LIVE');
});

test("doesn't fail when the reader closes the pipe (fault 95, deploy)", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const output = createOutput(socket, redaction);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  output.write('x'.repeat(1_000_000));
  await closed;
  expect(() => output.write('more')).not.toThrow();
  expect(output.isOpen).toBe(false);
  server.close();
});

test("doesn't fail when the disk is full (fault 173, deploy)", async () => {
  const stream = createWriteStream('/dev/full');
  const output = createOutput(stream, redaction);
  output.write('more\n');
  expect(await output.flush()).toBe(false);
  output.write('still more\n');
  expect(output.isOpen).toBe(false);
});

test("doesn't fail when writing throws at once, as the stream of a file does (fault 173, deploy)", async () => {
  const stream = new Writable({
    write() {
      throw new Error('ENOSPC: no space left on device, write');
    },
  });
  const output = createOutput(stream, redaction);
  output.write('more\n');
  expect(await output.flush()).toBe(false);
});
