import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectSandbox } from '../../background/connect.ts';
import { startSandbox } from '../../server/server.ts';
import { imageOf } from '../../testing/images.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { assertDockerEngine } from './assert-engine.ts';
import { containerOf } from './container.ts';
import { engineAddress } from './engine-address.ts';
import { splitFrames } from './log-frames.ts';

async function engineAt(listener: RequestListener, path?: string): Promise<string> {
  const server = createServer(listener);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  return path === undefined ? `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix://${path}`;
}

test.each([
  'tcp://10.0.0.1:2375',
  'tcp://docker:2375',
  'ssh://user@127.0.0.1',
  'npipe:////./pipe/docker_engine',
  'unix://relative.sock',
  'nonsense',
])('rejects DOCKER_HOST=%s without a request: dynos run on this machine', (host) => {
  expect(() => engineAddress({ DOCKER_HOST: host })).toThrow(
    expect.objectContaining({ code: 'DOCKER_UNAVAILABLE', message: expect.stringContaining(host) as string }),
  );
});

test('accepts a socket or a loopback port in DOCKER_HOST; without it, uses the default socket', () => {
  expect(engineAddress({})).toEqual({ socketPath: '/var/run/docker.sock' });
  expect(engineAddress({ DOCKER_HOST: 'unix:///run/user/1000/docker.sock' })).toEqual({
    socketPath: '/run/user/1000/docker.sock',
  });
  expect(engineAddress({ DOCKER_HOST: 'tcp://127.0.0.1' })).toEqual({ host: '127.0.0.1', port: 2375 });
  expect(engineAddress({ DOCKER_HOST: 'tcp://[::1]:99' })).toEqual({ host: '::1', port: 99 });
  expect(() => engineAddress({ DOCKER_HOST: 'tcp://127.0.0.1', DOCKER_TLS_VERIFY: '1' })).toThrow('DOCKER_UNAVAILABLE');
});

test('starts nothing when no engine responds, and says what to do', async () => {
  await using directory = await temporaryDirectory();
  vi.stubEnv('DOCKER_HOST', `unix://${directory.path}/absent.sock`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const error = {
    code: 'DOCKER_UNAVAILABLE',
    message: expect.stringMatching(/absent\.sock: .*ENOENT.* drop --dynos docker/) as string,
  };
  await expect(startSandbox({ dynos: 'docker' })).rejects.toMatchObject(error);
  const dir = join(directory.path, 'state');
  await expect(connectSandbox({ dir, start: true, dynos: 'docker' })).rejects.toMatchObject(error);
  expect(await connectSandbox({ dir })).toBeUndefined();
});

test('rejects a server that is not an engine, and an engine for Windows', async () => {
  await using directory = await temporaryDirectory();
  const page = await engineAt((_, response) => response.writeHead(502).end('<html>'));
  const windows = await engineAt((_, response) => response.end('{"OSType":"windows"}'), join(directory.path, 'a.sock'));
  await expect(assertDockerEngine({ DOCKER_HOST: page })).rejects.toThrow(/DOCKER_UNAVAILABLE: .*<html>/);
  await expect(assertDockerEngine({ DOCKER_HOST: windows })).rejects.toThrow(/it runs windows containers/);
});

test.each([
  [{}, '54321:54321'],
  [{ User: 'root' }, '54321:54321'],
  [{ User: '0:0' }, '54321:54321'],
  [{ User: 'node' }, 'node'],
  [{ User: '1000:1000' }, '1000:1000'],
])('an image with %j runs as %s', async (config, user) => {
  const image = await imageOf([], { ...config, Env: ['A=1'] });
  const spec = {
    app: 'shop',
    name: 'web.1',
    image: { repository: 'shop/web', imageId: image.imageId },
    configVars: { B: '2' },
    port: 4000,
    releaseVersion: 1,
    memoryMb: 512,
    onOutput: () => undefined,
  };
  const container = containerOf({ tag: 'tag', config: image.pushed.config }, spec, { labels: {}, init: false });
  expect(container).toMatchObject({ User: user, StopSignal: 'SIGTERM', HostConfig: { Memory: 2 ** 30 } });
  expect(container.Env).toEqual(expect.arrayContaining(['A=1', 'B=2', 'DYNO=web.1', 'PORT=4000']));
});

test('separates the two streams, wherever the chunks end', async () => {
  const frame = fc.record({ stream: fc.constantFrom(1, 2), text: fc.uint8Array({ maxLength: 20 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(frame), fc.integer({ min: 1, max: 30 }), async (frames, cut) => {
      const bytes = Buffer.concat(
        frames.map(({ stream, text }) => {
          const head = Buffer.alloc(8);
          head[0] = stream;
          head.writeUInt32BE(text.length, 4);
          return Buffer.concat([head, text]);
        }),
      );
      const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, at) =>
        bytes.subarray(at * cut, (at + 1) * cut),
      );
      const { stdout, stderr } = splitFrames(Readable.from(pieces));
      const [out, error] = await Promise.all([buffer(stdout), buffer(stderr)]);
      const sent = (wanted: number) =>
        Buffer.concat(frames.filter(({ stream }) => stream === wanted).map(({ text }) => text));
      expect(out).toEqual(sent(1));
      expect(error).toEqual(sent(2));
    }),
    { numRuns: 50 },
  );
});
