import { execFileSync } from 'node:child_process';
import { chmod, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { listing, openTar, readFiles } from '../../testing/layer-files.ts';
import { app, appFiles, project } from '../../testing/project.ts';
import { startRegistry } from '../../testing/registry.ts';
import { buildDirect } from './build-direct.ts';

test('builds an image from the base, a layer for each COPY and new WORKDIR, and the configuration', async () => {
  await using shop = await project(app, appFiles);
  const built = await shop.build({ revision: 'c0ffee' });
  expect(await listing(built)).toEqual([
    ['d755 0:0 app/'],
    ['-644 0:0 app/package.json'],
    [
      'd755 1000:1000 app/dist/',
      '-644 1000:1000 app/dist/main.js',
      'd755 1000:1000 app/dist/public/',
      '-644 1000:1000 app/dist/public/index.html',
      '-755 1000:1000 app/dist/run.sh',
    ],
  ]);
  expect(built).toMatchObject({
    declaresSourceDigest: true,
    base: { reference: { repository: 'library/node', tag: '20' }, standIn: false },
    layers: [
      { instruction: 'WORKDIR /app', line: 4, files: 0, size: 0, reused: false },
      { instruction: 'COPY package.json ./', line: 5, files: 1, size: 17, reused: false },
      { instruction: 'COPY --chown=node dist ./dist/', line: 6, files: 3, size: 45, reused: false },
    ],
    warnings: [],
  });
  expect(built.image.config).toMatchObject({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', `SOURCE_DIGEST=${built.sourceDigest}`, 'NODE_ENV=production'],
      WorkingDir: '/app',
      User: 'node',
      Cmd: ['node', 'dist/main.js'],
      Labels: { 'org.opencontainers.image.revision': 'c0ffee' },
    },
  });
  expect(built.image.config.history).toHaveLength(1 + 7);
  expect(built.image.config.rootfs.diff_ids).toEqual(built.image.layers.map(({ diffId }) => diffId));
});

test('digests never change', async () => {
  await using shop = await project(app, appFiles);
  const { image, layers, sourceDigest } = await shop.build({ revision: 'c0ffee' });
  expect({
    diffIds: layers.map(({ diffId }) => diffId),
    sourceDigests: layers.map((layer) => layer.sourceDigest),
    sourceDigest,
    imageId: image.imageId,
  }).toEqual({
    diffIds: [
      'sha256:470de72dc6b8069078d4fcbab06420bb3087366e55be1d4d1d70fc126072fa4d',
      'sha256:bd6d6e64f56f59efc879759815b659db710714ce93a441008c9f3b3db904bb1f',
      'sha256:ece49eee1b181defd2a79fadace78ff4d81c82e1fbf27f06e444f2cf60549ac6',
    ],
    imageId: 'sha256:d9638fa2b3b11ab5d054a2c5da61d1be42c964b6d1d2c7163914f0aee6185ebf',
    sourceDigest: 'sha256:50b9a999bee70f90f8f6ebfbd8f231c318ac92051ae51f84dee659825e481be3',
    sourceDigests: [
      'sha256:6c4d188643394fdc8246e0b7aec372751c4dc96a4ca382c98e88a8f0ed400f07',
      'sha256:4766a17cc14a3bf95de15ae87df25899cc08630fa448eb4824c735604a1475a0',
      'sha256:62f4013c098f540b3c9e814717f0e42f53a419b080e2965bfaadd0722467629a',
    ],
  });
});

test('ignores modes, times, umask, time zone, locale and directory order (fault 37, registry-pusher)', async () => {
  await using one = await project(app, appFiles);
  await using two = await project(app, Object.fromEntries(Object.entries(appFiles).reverse()));
  await chmod(two.file('package.json'), 0o600);
  await chmod(two.file('dist'), 0o700);
  await chmod(two.file('dist/public'), 0o700);
  await chmod(two.file('dist/run.sh'), 0o711);
  await utimes(two.file('dist/main.js'), 1_000_000_000, 1_000_000_000);
  const here = await one.build();
  const { TZ, LC_ALL } = process.env;
  Object.assign(process.env, { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8' });
  const there = await two.build().finally(() => Object.assign(process.env, { TZ: TZ ?? '', LC_ALL: LC_ALL ?? '' }));
  expect(there.image.imageId).toBe(here.image.imageId);
});

test('uses SOURCE_DATE_EPOCH for all times (fault 38, registry-pusher)', async () => {
  await using shop = await project(app, appFiles);
  const byContent = await shop.build();
  const later = await shop.build({ sourceDateEpoch: 1_700_000_000 });
  const { created, history } = later.image.config;
  const times = [created, ...history!.slice(1).map((entry) => entry.created)];
  expect(new Set(times)).toEqual(new Set(['2023-11-14T22:13:20Z']));
  expect(later.layers[1]!.diffId).not.toBe(byContent.layers[1]!.diffId);
  const files = await Promise.all(later.image.layers.slice(1).map((layer) => readFiles(openTar(layer))));
  expect(new Set(files.flat().map(({ mtime }) => mtime!.getTime()))).toEqual(new Set([1_700_000_000_000]));
  const zero = await shop.build({ sourceDateEpoch: 0 });
  expect(zero.image.imageId).not.toBe(byContent.image.imageId);
  expect(zero.image.config.created).toBe('1970-01-01T00:00:00Z');
  for (const wrong of [-1, Number.NaN, 1.5, 1e12])
    await expectCode(shop.build({ sourceDateEpoch: wrong }), 'CONTEXT_INVALID', 'SOURCE_DATE_EPOCH');
});

test('warns about likely mistakes', async () => {
  await using shop = await project('FROM node:20\nCOPY a none* /d/\n', {
    a: '',
    '.env': '',
    '.dockerignore': 'Dockerfile\n!.env\n',
  });
  await shop.write({ Dockerfile: 'FROM node:20\nENV A=1 \\\n\n  B=2\nCOPY a none* .env /d/\n' });
  expect((await shop.build({ buildArgs: { CI_COMMIT_SHA: 'x' } })).warnings).toEqual([
    'Dockerfile line 3: an empty line inside a continued instruction.',
    "The build arg CI_COMMIT_SHA isn't declared by any ARG.",
    '.env goes into the image because .dockerignore includes it. Such files may contain environment variables.',
    'Dockerfile line 5: COPY source "none*" matches nothing.',
  ]);
});

test('names the files that the rules for secrets leave out, and the way back (fault 147, registry-pusher)', async () => {
  const files = { '.env': '', 'a/.npmrc': '', 'a/b': '', 'c/id_rsa': '', 'd/.env.local': '', '.git/config': '' };
  await using all = await project('FROM scratch\nCOPY . /app/\n', files);
  expect((await all.build()).warnings).toEqual([
    'Left out, because such files may contain secrets: .env, a/.npmrc, c/id_rsa and 1 more. If the image needs one, name it in .dockerignore: !.env',
  ]);
  await all.write({ '.dockerignore': '.env\n**/.npmrc\nc\nd\n' });
  expect((await all.build()).warnings).toEqual([]);
});

test('a pattern that only matches secrets says so (fault 147, registry-pusher)', async () => {
  await using shop = await project('FROM scratch\nCOPY package.json .npmrc* /app/\nCOPY none* /app/\n', {
    'package.json': '{}',
    '.npmrc': '//registry/:_authToken=x',
  });
  const { warnings } = await shop.build();
  expect(warnings[1]).toBe(
    'Dockerfile line 2: COPY source ".npmrc*" only matches .npmrc, left out because such files may contain secrets. If the image needs it, name it in .dockerignore: !.npmrc',
  );
  expect(warnings[2]).toBe('Dockerfile line 3: COPY source "none*" matches nothing.');
});

test('reports a stand-in of a base', async () => {
  await using shop = await project('FROM node:20\nCMD ["x"]\n', {}, { Labels: { 'dev.tozo.stand-in': '1' } });
  expect((await shop.build()).base?.standIn).toBe(true);
});

test('scratch needs no registry', async () => {
  await using shop = await project('FROM scratch\nCOPY a /\n', { a: '' });
  const built = await shop.build();
  expect(shop.registry.imagesRead).toBe(0);
  expect(built).not.toHaveProperty('base');
  expect(built.image.config.config).toEqual({
    WorkingDir: '/',
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  });
});

test('names a missing base with its line', async () => {
  await using shop = await project('# base\nFROM node:99\n');
  await expectCode(shop.build(), 'BASE_NOT_FOUND', 'Dockerfile line 2', 'docker.io/library/node:99');
});

test('names a base with unreadable layers', async () => {
  await using shop = await project('FROM node:20\nWORKDIR /app\n');
  shop.registry.readBlob = async () => Readable.from([Buffer.from('no gzip')]);
  await expectCode(shop.build(), 'MEDIA_TYPE_REFUSED', 'docker.io/library/node:20');
});

test('leaves a base with ONBUILD triggers to Docker', async () => {
  await using shop = await project('FROM node:20\n', {}, { OnBuild: ['COPY . /app'] });
  await expectCode(shop.build(), 'INSTRUCTION_UNSUPPORTED', 'ONBUILD COPY . /app');
});

test.each([
  ['RUN true', 'INSTRUCTION_UNSUPPORTED'],
  ['COPY missing /', 'COPY_SOURCE_MISSING'],
  ['COPY ../a /', 'COPY_SOURCE_OUTSIDE'],
  ['COPY', 'DOCKERFILE_INVALID'],
] as const)('rejects %s before any request to a registry', async (line, code) => {
  await using shop = await project(`FROM node:20\n${line}\n`);
  await expectCode(shop.build(), code, 'line 2');
  expect(shop.registry.imagesRead).toBe(0);
});

test('names a missing Dockerfile', async () => {
  await using shop = await project('FROM node:20\n');
  await expectCode(shop.build({ dockerfile: shop.file('Dockerfil') }), 'DOCKERFILE_MISSING', 'Dockerfil');
});

test('rejects a secret in a file and names the file (fault 55, registry-pusher)', async () => {
  await using shop = await project('FROM node:20\nCOPY a b /\n', { a: '', b: 'key=hunter2hunter2' });
  await expectCode(shop.build({ secrets: ['hunter2hunter2'] }), 'FILE_REFUSED', 'b contains');
});

test('rejects a secret in the configuration (fault 55, registry-pusher)', async () => {
  await using shop = await project('FROM node:20\nARG KEY\nENV KEY=$KEY\n');
  await expectCode(
    shop.build({ buildArgs: { KEY: 'hunter2hunter2' }, secrets: ['hunter2hunter2'] }),
    'FILE_REFUSED',
    'from ENV or LABEL',
  );
});

test('pushes what was built, even if the files change later', async () => {
  await using shop = await project('FROM scratch\nCOPY a /\n', { a: 'one' });
  await using registry = await startRegistry();
  await using client = impatientClient();
  const { image } = await shop.build();
  await shop.write({ a: 'two, and longer' });
  const pushed = await client.push(image, { registry: registry.name, repository: 'shop/web' });
  const sent = registry.blobs.get(`shop/web@${pushed.layers[0]!.descriptor.digest}`)!;
  expect(digestOf(gunzipSync(sent))).toBe(image.config.rootfs.diff_ids[0]);
  expect(gunzipSync(sent).toString('latin1')).toContain('one');
});

test('stops when aborted', async () => {
  await using shop = await project(app, appFiles);
  const options = { registry: shop.registry, signal: AbortSignal.abort() };
  await expectCode(buildDirect({ context: shop.path, dockerfile: shop.file('Dockerfile') }, options), 'ABORTED');
});

test('GNU tar extracts the layers', async () => {
  await using shop = await project('FROM scratch\nCOPY src /x/\n', { 'src/a/b': 'content', 'src/l': { link: 'a/b' } });
  const [layer] = (await shop.build()).image.layers;
  execFileSync('tar', ['-x', '-C', shop.path], { input: await buffer(openTar(layer!)) });
  expect(execFileSync('cat', [shop.file('x/l')]).toString()).toBe('content');
});
