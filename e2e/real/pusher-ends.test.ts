import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compiledProgram } from '../src/testing/compiled.ts';

/** What may come after the error line, in milliseconds, and how many times a bare process's own end on a busy machine. */
const maxAfterError = 500;
const busyFactor = 20;
const bin = compiledProgram('registry-pusher', 'registry-pusher');
const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

const tar = Buffer.alloc(1024);
const layer = gzipSync(tar);
const configOf = (architecture: string) =>
  Buffer.from(JSON.stringify({ architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } }));
const typeOf = (name: string) => `application/vnd.oci.image.${name}`;
const describe = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
const manifestOf = (config: Buffer) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: typeOf('manifest.v1+json'),
      config: describe(typeOf('config.v1+json'), config),
      layers: [describe(typeOf('layer.v1.tar+gzip'), layer)],
    }),
  );

interface Call {
  readonly method: string;
  readonly path: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly reply: (status: number, body?: string | Buffer, headers?: Record<string, string>) => void;
}
/** Returns whether it handled the call, or left it open. */
type Behavior = (call: Call) => boolean;

/** A registry with one base image that accepts every push, unless it behaves otherwise. */
async function startRegistry(behave: Behavior) {
  const blobs = new Map<string, Buffer>();
  for (const bytes of [layer, configOf('amd64'), configOf('arm64')]) blobs.set(digestOf(bytes), bytes);
  const manifests = new Map([
    ['library/base', manifestOf(configOf('amd64'))],
    ['library/arm', manifestOf(configOf('arm64'))],
  ]);
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://registry');
    const reply: Call['reply'] = (status, body = '', headers = {}) => {
      request.resume();
      response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const method = request.method!;
    if (behave({ method, path: pathname, request, response, reply })) return;
    const name = /^\/v2\/(.+)\/(?:manifests|blobs)\//.exec(pathname)?.[1] ?? '';
    const id = pathname.split('/').at(-1)!;
    if (pathname.includes('/manifests/') && method === 'PUT') {
      const bytes = await buffer(request);
      manifests.set(name, bytes);
      return reply(201, '', { 'docker-content-digest': digestOf(bytes) });
    }
    const manifest = manifests.get(name);
    if (pathname.includes('/manifests/'))
      return manifest === undefined ? reply(404) : reply(200, manifest, { 'content-type': typeOf('manifest.v1+json') });
    if (method === 'POST') return reply(202, '', { location: `/v2/${name}/blobs/uploads/1` });
    if (method === 'PUT') {
      const bytes = await buffer(request);
      blobs.set(searchParams.get('digest')!, bytes);
      return reply(201);
    }
    const blob = name.startsWith('library/') || method === 'GET' ? blobs.get(id) : undefined;
    return blob === undefined ? reply(404) : reply(200, blob);
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const none: Behavior = () => false;
const on =
  (matches: (call: Call) => boolean, act: (call: Call) => void): Behavior =>
  (call) => {
    if (!matches(call)) return false;
    act(call);
    return true;
  };
const all =
  (...behaviors: readonly Behavior[]): Behavior =>
  (call) =>
    behaviors.some((behave) => behave(call));
const hang = () => undefined;
const isApp = ({ path }: Call) => path.startsWith('/v2/shop/');
const isBase = ({ path }: Call) => path.startsWith('/v2/library/');
const isPut =
  (part: string) =>
  ({ method, path }: Call) =>
    method === 'PUT' && path.includes(part);
const errors = (code: string) => JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tozo-pusher-ends-'));
  await mkdir(join(directory, 'full'));
  await writeFile(join(directory, 'full/other.txt'), 'mine');
  await writeFile(join(directory, 'main.js'), 'console.log("hello")');
});
afterAll(() => rm(directory, { recursive: true }));

const push = (registry: string) => ['push', `${registry}/shop/web`];
const withBase =
  (base: string, ...lines: string[]) =>
  (registry: string) =>
    [`FROM ${registry}/library/${base}`, ...lines, ''].join('\n');
const plain = withBase('base', 'COPY main.js /');

/** Runs the command, and measures the time between the first byte of its error and its end. */
async function end(args: readonly string[], stopAfter?: Promise<unknown>) {
  const ended = await run([bin, ...args], stopAfter);
  const bare = await run(['--eval', 'process.stderr.write("registry-pusher: bare\\n"); process.exit(1)']);
  return { ...ended, limit: maxAfterError + busyFactor * bare.after };
}

async function run(args: readonly string[], stopAfter?: Promise<unknown>) {
  const env = { PATH: process.env['PATH']!, HOME: directory };
  const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let errorAt: number | undefined;
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (errorAt === undefined && /^registry-pusher: /m.test(text)) errorAt = performance.now();
  });
  void stopAfter?.then(() => child.kill('SIGTERM'));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text, after: performance.now() - (errorAt ?? Number.NaN) };
}

type Situation = readonly [
  what: string,
  code: number,
  text: string,
  behave?: Behavior,
  dockerfile?: (registry: string) => string,
  args?: (registry: string) => readonly string[],
];

const situations: readonly Situation[] = [
  ['an unknown option', 2, '--what', none, plain, (registry) => [...push(registry), '--what']],
  [
    'no Dockerfile',
    1,
    "There's no readable Dockerfile",
    none,
    plain,
    (registry) => [...push(registry), '--dockerfile', 'none'],
  ],
  ['a missing source', 1, 'missing.js', none, withBase('base', 'COPY missing.js /')],
  ['a missing base while the last image hangs', 1, "doesn't exist", on(isApp, hang), withBase('none')],
  ['a base for another processor while the last image hangs', 1, 'linux/arm64', on(isApp, hang), withBase('arm')],
  [
    'a denied base while the last image hangs',
    1,
    'DENIED',
    all(
      on(isApp, hang),
      on(isBase, ({ reply }) => reply(403, errors('DENIED'))),
    ),
  ],
  [
    'a damaged base',
    1,
    'digest',
    on(
      ({ path }) => path.endsWith(digestOf(configOf('amd64'))),
      ({ reply }) => reply(200, 'x'.repeat(configOf('amd64').length)),
    ),
  ],
  [
    'no login',
    1,
    'none are configured',
    ({ reply }) => (reply(401, '', { 'www-authenticate': 'Basic realm="x"' }), true),
  ],
  [
    'a proxy that answers',
    1,
    "isn't JSON",
    ({ reply }) => (reply(200, 'Welcome', { 'content-type': 'text/html' }), true),
  ],
  ['a registry that stays down', 1, '503', ({ reply }) => (reply(503, 'down', { 'retry-after': '0' }), true)],
  [
    'a token service that stays down',
    1,
    '503',
    ({ path, request, reply }) => {
      if (path === '/token') reply(503, 'down', { 'retry-after': '0' });
      else reply(401, '', { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` });
      return true;
    },
  ],
  ['a wait that is too long', 1, 'in 3600 s', on(isBase, ({ reply }) => reply(429, '', { 'retry-after': '3600' }))],
  [
    'a redirect to a link-local address',
    1,
    '169.254.169.254',
    on(isBase, ({ reply }) => reply(307, '', { location: 'http://169.254.169.254/' })),
  ],
  [
    'a denied blob while another hangs',
    1,
    'DENIED',
    on(isPut('/blobs/'), ({ request, reply }) => {
      if (Number(request.headers['content-length']) > 250) reply(403, errors('DENIED'));
    }),
  ],
  [
    'a denied upload',
    1,
    'DENIED',
    on(
      ({ method }) => method === 'POST',
      ({ reply }) => reply(403, errors('DENIED')),
    ),
  ],
  [
    'an immutable tag',
    1,
    'push another tag',
    on(isPut('/manifests/'), ({ reply }) =>
      reply(412, JSON.stringify({ errors: [{ code: 'PRECONDITION', message: 'configured as immutable' }] })),
    ),
  ],
  [
    'another digest',
    1,
    'expected',
    on(isPut('/manifests/'), ({ reply }) => reply(201, '', { 'docker-content-digest': digestOf(tar) })),
  ],
  [
    'an image to inspect that is missing',
    1,
    "doesn't exist",
    none,
    plain,
    (registry) => ['inspect', `${registry}/shop/none`],
  ],
  [
    'an image to compare that is missing while the other hangs',
    1,
    "doesn't exist",
    on(({ path }) => path.startsWith('/v2/shop/web/'), hang),
    plain,
    (registry) => ['diff', `${registry}/shop/web`, `${registry}/shop/none`],
  ],
  ['a layout that is missing', 1, "doesn't exist", none, plain, (registry) => [...push(registry), '--from', 'none']],
  ['a directory with other files', 1, 'other.txt', none, plain, () => ['push', '--output', 'full']],
];

it.each(situations)(
  'ends within half a second of its error: %s (faults 134, 135, registry-pusher)',
  async (...situation) => {
    const [, code, text, behave = none, dockerfile = plain, args = push] = situation as unknown as Situation;
    await using registry = await startRegistry(behave);
    await writeFile(join(directory, 'Dockerfile'), dockerfile(registry.name));

    const ended = await end(args(registry.name));

    expect(ended).toMatchObject({ code, text: expect.stringContaining(text) });
    expect(ended.after).toBeLessThan(ended.limit);
  },
);

it('ends at once on SIGTERM while the registry hangs (fault 134, registry-pusher)', async () => {
  let requested = () => {};
  const isRequested = new Promise<void>((resolve) => (requested = resolve));
  await using registry = await startRegistry(() => (requested(), true));
  await writeFile(join(directory, 'Dockerfile'), plain(registry.name));

  const ended = await end(push(registry.name), isRequested);

  expect(ended).toMatchObject({ code: 143, text: expect.stringContaining('anceled') });
  expect(ended.after).toBeLessThan(ended.limit);
});
