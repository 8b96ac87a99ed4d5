import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { followBuild } from './build-output.ts';
import { Transcript } from './transcript.ts';

const output = (...messages: object[]) =>
  Readable.from(messages.map((message) => Buffer.from(`${JSON.stringify(message)}\n`)));

/** Writes a bytes field of a protobuf message. */
const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length % 128) + 128, Math.floor(bytes.length / 128)];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
};
const step = (digest: string, name: string, more: Buffer = Buffer.alloc(0)) =>
  field(1, Buffer.concat([field(1, digest), field(3, name), field(5, 'then'), more]));
const log = (digest: string, text: string) => field(3, Buffer.concat([field(1, digest), field(4, text)]));
const trace = (...parts: Buffer[]) => ({ id: 'moby.buildkit.trace', aux: Buffer.concat(parts).toString('base64') });

test('reports a failed BuildKit step with its own output only (fault 94, registry-pusher)', async () => {
  const messages = output(
    trace(step('a', '[1/3] RUN npm ci'), step('b', '[2/3] RUN npm test')),
    trace(log('b', 'Tests:\n 1 fail'), log('a', 'added 9 packages\n')),
    trace(log('b', 'ed\n')),
    trace(step('b', '[2/3] RUN npm test', field(7, 'exit code: 1'))),
    { errorDetail: { message: 'exit code: 1' }, error: 'exit code: 1' },
  );

  await expect(followBuild(messages)).rejects.toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message: 'The Docker build failed at [2/3] RUN npm test: exit code: 1\n  Tests:\n   1 failed',
  });
});

test('logs steps and their output as whole lines, however the stream is split', async () => {
  const lines: string[] = [];
  const text = [
    trace(step('x', '[internal] load build definition')),
    trace(step('a', '[1/1] RUN echo é')),
    trace(log('a', 'half a')),
    trace(log('a', ' line\r\nand the next')),
    { id: 'moby.image.id', aux: { ID: 'sha256:1' } },
  ]
    .map((message) => `${JSON.stringify(message)}\n`)
    .join('');
  const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));

  await followBuild(Readable.from(bytes), new Transcript({ onLog: (line) => lines.push(line) }));

  expect(lines).toEqual(['[1/1] RUN echo é', 'half a line', 'and the next']);
});
