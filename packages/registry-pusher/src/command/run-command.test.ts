import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { mediaTypes } from '../image/descriptor.ts';
import { tarLayer } from '../testing/tar-layer.ts';
import { createDirectory } from '../testing/directory.ts';
import { putOciImage } from '../testing/images.ts';
import { type RegistryOptions, startRegistry } from '../testing/registry.ts';
import { runCommand } from './run-command.ts';

/** Runs the command and returns its output and exit code. */
async function run(argv: readonly string[], env: Record<string, string> = {}, input = '') {
  const printed = { out: '', err: '' };
  const json = argv.includes('--json');
  const code = await runCommand(argv, {
    env: { DOCKER_CONFIG: '/nonexistent', ...env },
    signal: new AbortController().signal,
    stdin: Readable.from([input]),
    console: {
      printResult: (text, value) => void (printed.out += json && value !== undefined ? JSON.stringify(value) : text),
      note: (text) => void (printed.err += `${text}\n`),
      showProgress: () => undefined,
      printError: ({ code, message }) => void (printed.err += `${code}: ${message}\n`),
    },
  });
  return { code, ...printed };
}

/** Returns a registry with a base, and a project that builds on it. */
async function shop(options: RegistryOptions = {}) {
  const registry = await startRegistry(options);
  const base = (await tarLayer({ 'usr/bin/node': 'node' })).toString('latin1');
  putOciImage(registry, 'library/node', 'latest', { contents: [base] });
  const directory = await createDirectory({
    Dockerfile: `FROM ${registry.name}/library/node\nARG COLOR=none\nENV COLOR=$COLOR\nWORKDIR /app\nCOPY main.js ./\nCMD ["node", "main.js"]\n`,
    'main.js': 'console.log("hello")\n',
  });
  const at = (tag: string) => `${registry.name}/shop/web:${tag}`;
  const push = (tag: string, ...args: string[]) => run(['push', at(tag), '--context', directory.path, ...args]);
  return {
    registry,
    directory,
    at,
    push,
    async [Symbol.asyncDispose]() {
      await directory[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

test('push prints the reference, image ID and bytes, and the second push sends nothing', async () => {
  await using project = await shop();
  const first = await project.push('1', '--tag', 'latest');
  expect(first.out).toMatch(
    /^127\.0\.0\.1:\d+\/shop\/web:1@sha256:[0-9a-f]{64}\nimage ID +sha256:[0-9a-f]{64}\ntags +latest\nsent +[\d.]+ k?B\nreused +\d+ B\n$/,
  );
  expect(first.err).toContain(
    'new    line 4: WORKDIR /app (0 files, 0 B)\nnew    line 5: COPY main.js ./ (1 file, 21 B)',
  );
  expect(first.code).toBe(0);

  const { out, err } = await project.push('2', '--json');
  expect(err).toContain('reused line 5: COPY main.js ./');
  expect(project.registry.manifests.has('shop/web:2')).toBe(true);
  expect(JSON.parse(out)).toMatchObject({
    reference: project.at('2'),
    manifestDigest: first.out.slice(first.out.indexOf('sha256:'), first.out.indexOf('\n')),
    sentBytes: 0,
    builder: 'direct',
    layers: [{ reused: true }, { reused: true, files: 1, size: 21 }],
  });
});

test('inspect and diff print the pushed images as text and as JSON', async () => {
  await using project = await shop();
  await project.push('1', '--oci');
  await project.directory.write({ 'main.js': 'console.log("hello, you")\n' });
  await project.push('2', '--build-arg', 'COLOR=blue');

  const inspected = await run(['inspect', project.at('1')]);
  expect(inspected.out).toContain(`${project.at('1')}@sha256:`);
  expect(inspected.out).toMatch(/\nEnv +COLOR=none\n/);
  expect(inspected.out).toMatch(/\n +#3 +\d+ B +\d+ % {2}COPY main\.js \.\/ {2}\(1 file, 21 B\)\n/);
  const { out } = await run(['inspect', project.at('1'), '--json']);
  expect(JSON.parse(out)).toMatchObject({ reference: project.at('1'), platform: 'linux/amd64', layers: [{}, {}, {}] });
  expect(project.registry.manifests.get('shop/web:1')!.type).toBe(mediaTypes.ociManifest);

  const diff = await run(['diff', project.at('1'), project.at('2'), '--exit-code']);
  expect(diff.out.split('\n').slice(2)).toEqual([
    '~ /app/main.js  content 21 B → 26 B',
    '~ Env COLOR  none → blue',
    '0 added, 1 changed, 0 removed; 1 config difference (2 layers shared, 2 read)',
    '',
  ]);
  expect(diff.code).toBe(1);
  const same = await run(['diff', project.at('2'), project.at('2'), '--exit-code', '--json']);
  expect([JSON.parse(same.out), same.code]).toMatchObject([
    { files: [], config: [], from: { reference: project.at('2') } },
    0,
  ]);
});

test('writes a layout, inspects it, compares it and pushes it', async () => {
  await using project = await shop();
  const layout = project.directory.file('out/layout');
  const context = ['--context', project.directory.path];

  const written = await run(['push', '--output', layout, '--tag', '1.0', ...context, '--json']);
  expect([written.code, JSON.parse(written.out)]).toMatchObject([0, { reference: `oci:${layout}:latest` }]);
  const inspected = await run(['inspect', `oci:${layout}`, '--json']);
  const { imageId } = JSON.parse(written.out) as { imageId: string };
  expect([inspected.code, JSON.parse(inspected.out)]).toMatchObject([0, { imageId, reference: `oci:${layout}` }]);

  const pushed = await run(['push', '--from', layout, project.at('9'), '--json']);
  expect([pushed.code, JSON.parse(pushed.out)]).toMatchObject([0, { imageId, reference: project.at('9') }]);
  const same = await run(['diff', `oci:${layout}`, project.at('9'), '--exit-code']);
  expect(same.code).toBe(0);
});

test.each([
  [['--output', 'x', 'r.example/a'], "Can't combine --output"],
  [['--output', ''], 'Missing directory'],
  [['oci:x'], 'write a layout with --output'],
  [['r.example/a', '--from', 'x', '--builder', 'direct'], "Can't combine --from with --builder"],
  [['r.example/a', '--build-context', 'x'], 'expected NAME=DIR'],
])('refuses the options %j', async (options, text) => {
  const { code, err } = await run(['push', ...options]);

  expect([code, err]).toEqual([2, expect.stringContaining(text)]);
});

test('reads a password from stdin or from the Docker config', async () => {
  await using project = await shop({ login: { scheme: 'basic', username: 'me', password: 'open sesame' } });
  const argv = ['push', project.at('1'), '--context', project.directory.path];
  const stranger = await run(argv);
  expect([stranger.code, stranger.err]).toEqual([1, expect.stringMatching(/^REGISTRY_UNAUTHORIZED: /m)]);

  const login = await run([...argv, '--username', 'me', '--password-stdin'], {}, 'open sesame\n');
  expect([login.code, login.err]).toEqual([0, expect.not.stringContaining('open sesame')]);

  const auth = Buffer.from('me:open sesame').toString('base64');
  const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { [project.registry.name]: { auth } } });
  expect((await run(['inspect', project.at('1')], { DOCKER_AUTH_CONFIG })).code).toBe(0);
  const empty = await run([...argv, '--username', 'me', '--password-stdin'], {}, '\n');
  expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('No password on stdin')]);
});

test('rejects an image that contains the password from stdin', async () => {
  await using project = await shop();
  await project.directory.write({ 'main.js': 'const key = "open sesame"' });
  const argv = ['push', project.at('1'), '--context', project.directory.path, '--username', 'me', '--password-stdin'];
  const { code, err } = await run(argv, {}, 'open sesame');
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/^FILE_REFUSED: main\.js contains the value of a known secret/),
  ]);
});

test('never sends the Heroku API key to another registry and keeps it out of images', async () => {
  await using project = await shop({ login: { scheme: 'basic', username: '_', password: 'the-heroku-key' } });
  const argv = ['push', project.at('1'), '--context', project.directory.path];
  const env = { HEROKU_API_KEY: 'the-heroku-key' };
  expect((await run(argv, env)).err).toMatch(/^REGISTRY_UNAUTHORIZED: /m);
  expect(project.registry.calls.map(({ headers }) => headers.authorization)).toEqual(
    project.registry.calls.map(() => undefined),
  );
  await project.directory.write({ 'main.js': 'const key = "the-heroku-key"' });
  expect((await run(argv, env)).err).toMatch(/^FILE_REFUSED: main\.js contains/);
});

test('replaces an unusable image at the tag and reuses nothing from it', async () => {
  await using project = await shop();
  putOciImage(project.registry, 'shop/web', 'latest', { architecture: 'arm64' });
  const { code, err } = await project.push('latest');
  expect([code, err]).toEqual([0, expect.stringContaining("can't reuse 127.0.0.1")]);
});

test.each([
  [
    ['push', 'registry.heroku.com/shop/web', '--oci'],
    "registry.heroku.com doesn't accept the format oci: use docker",
    2,
  ],
  [['push', 'registry.heroku.com/shop/web:v1'], "registry.heroku.com doesn't accept the tag v1: use latest", 2],
  [['push', '127.0.0.1:1/shop', '--context', '/nonexistent'], 'DOCKERFILE_MISSING', 1],
  [['push', '127.0.0.1:1/shop', '--build-arg', '1=2'], 'Invalid --build-arg 1: expected NAME=VALUE', 2],
  [['push', '127.0.0.1:1/Shop'], 'uppercase letters', 2],
])('rejects %j before any request', async (argv, text, exitCode) => {
  const { code, err, out } = await run(argv);
  expect([code, err, out]).toEqual([exitCode, expect.stringContaining(text), '']);
});

test('uses SOURCE_DATE_EPOCH from the environment as the image time (fault 38, registry-pusher)', async () => {
  await using project = await shop();
  const argv = ['push', project.at('1'), '--context', project.directory.path];
  expect((await run(argv, { SOURCE_DATE_EPOCH: 'now' })).err).toMatch(/^CONTEXT_INVALID: SOURCE_DATE_EPOCH="now"/);
  expect((await run(argv, { SOURCE_DATE_EPOCH: '1700000000' })).code).toBe(0);
  expect((await run(['inspect', project.at('1')])).out).toMatch(/\ncreated +2023-11-14T22:13:20Z\n/);
});

test('prints the help to stdout', async () => {
  expect(await run(['--help'])).toMatchObject({
    code: 0,
    out: expect.stringContaining('Exit codes: 0 success'),
    err: '',
  });
});

test('a push without changes only reads manifests and configs', async () => {
  await using project = await shop();
  await project.push('1');
  const before = project.registry.calls.length;
  const { out } = await project.push('1');
  expect(out).toMatch(/\nsent +0 B\n/);
  expect(
    project.registry.calls
      .slice(before)
      .map(({ what }) => what)
      .sort(),
  ).toEqual(['GET blob', 'GET blob', 'GET manifest', 'GET manifest']);
});

test('pins bases and rejects conflicting options', async () => {
  await using project = await shop();
  expect(await project.push('1', '--pin', '--verify-reuse')).toMatchObject({ code: 0 });
  expect(await readFile(project.directory.file('Dockerfile.lock'), 'utf8')).toContain('library/node');
  expect(await project.push('1', '--secret', 'id=a')).toMatchObject({
    code: 2,
    err: expect.stringContaining('--secret applies to RUN'),
  });
  expect(await project.push('1', '--pin', '--builder', 'docker')).toMatchObject({ code: 2 });
});

test('--verify-reuse reads the reused layers', async () => {
  await using project = await shop();
  await project.push('1');
  const layersRead = async (...args: string[]) => {
    const before = project.registry.calls.length;
    const { code } = await project.push('1', ...args);
    const calls = project.registry.calls.slice(before).filter(({ what }) => what === 'GET blob');
    return [code, calls.filter(({ url }) => url.pathname.startsWith('/v2/shop/web/')).length];
  };
  expect(await layersRead()).toEqual([0, 1]);
  expect(await layersRead('--verify-reuse')).toEqual([0, 1 + 2]);
});

test('builds only the target stage and reads only its base', async () => {
  await using project = await shop();
  const lines = [
    'FROM unreachable.invalid/x AS other',
    `FROM ${project.registry.name}/library/node AS app`,
    'COPY main.js /',
  ];
  await project.directory.write({ Dockerfile: `${lines.join('\n')}\nFROM other\n` });
  const { code, err } = await project.push('1', '--target', 'app');
  expect([code, err]).toEqual([0, expect.stringContaining('new    line 3: COPY main.js /')]);
});

test('build takes kaniko’s options: several destinations, and the digest in a file', async () => {
  await using project = await shop();
  const { path } = project.directory;
  const { code, out, err } = await run([
    ...['build', '--context', `dir://${path}`, '--dockerfile', 'Dockerfile', '--verbosity', 'info'],
    ...['--destination', project.at('1'), '--destination', `${project.registry.name}/mirror/web:1`],
    ...['--build-arg', 'COLOR=blue', '--digest-file', project.directory.file('digest.txt')],
  ]);
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('no effect here: --verbosity') });
  const digest = await readFile(project.directory.file('digest.txt'), 'utf8');
  expect(out).toMatch(new RegExp(`^${project.at('1')}@${digest}\n`));
  for (const name of ['shop/web:1', 'mirror/web:1', `mirror/web:${digest}`])
    expect(project.registry.manifests.has(name), name).toBe(true);
});

test('build --no-push sends nothing, and --tar-path writes what docker load reads', async () => {
  await using project = await shop();
  const tar = project.directory.file('image.tar');
  const context = ['build', '--context', project.directory.path, '--no-push'];
  const { code, out } = await run([...context, '--destination', project.at('1'), '--tar-path', tar]);
  expect(code).toBe(0);
  expect(project.registry.calls.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  const names = execFileSync('tar', ['-tf', tar], { encoding: 'utf8' }).trim().split('\n');
  const manifest = execFileSync('tar', ['-xOf', tar, 'manifest.json'], { encoding: 'utf8' });
  const [{ Config, RepoTags, Layers }] = JSON.parse(manifest) as [Record<'Config' | 'RepoTags' | 'Layers', string[]>];
  expect(RepoTags).toEqual([project.at('1')]);
  expect(names.toSorted()).toEqual([Config, ...Layers, 'manifest.json'].flat().toSorted());
  expect(out).toContain(`sha256:${String(Config).replace('.json', '')}`);
  const unwritable = await run([...context, '--tar-path', '/nonexistent/image.tar']);
  expect(unwritable).toMatchObject({ code: 2, err: expect.stringContaining("can't be written: ENOENT") });
  // Without a name, there is no image to reuse, and nothing to ask for one.
  expect(unwritable.err).not.toContain('localhost');
});
