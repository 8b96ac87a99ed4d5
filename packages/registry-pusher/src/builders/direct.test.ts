import { execFileSync } from 'node:child_process';
import { chmod, link, rename, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { RunConfig } from '../image/config.ts';
import { imageForProcess } from '../image/for-process.ts';
import { type LayerContent, MemoryImages } from '../testing/base-image.ts';
import { expectCode } from '../testing/code.ts';
import { type Content, folderOf } from '../testing/folder.ts';
import { listing } from '../testing/layer-files.ts';
import type { BuildRequest, PreviousImage } from './builder.ts';
import { describeDirect } from './direct.ts';

const debian: LayerContent = {
  'app-of-base/': '',
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\nstaff:x:50:\n',
  'home/node/': '',
  'run/': '',
  'tmp/': '',
  'usr/bin/node': 'the program',
  'var/run': { link: '/run' },
};

/** A build context with its Dockerfile, and a registry that holds the base `node:20`. */
async function project(dockerfile: string, files: Record<string, Content> = {}, base: RunConfig = {}) {
  const folder = await folderOf({ Dockerfile: dockerfile, '.dockerignore': 'Dockerfile\n.dockerignore\n', ...files });
  const registry = new MemoryImages();
  await registry.putBase('docker.io/library/node:20', [debian], base);
  return {
    ...folder,
    registry,
    describe: (request: Partial<BuildRequest> = {}, previous?: PreviousImage) =>
      describeDirect(
        { context: folder.path, dockerfile: folder.file('Dockerfile'), ...request },
        { registry, ...(previous === undefined ? {} : { previous }) },
      ),
  };
}

async function layersOf(
  dockerfile: string,
  files: Record<string, Content> = {},
  base: RunConfig = {},
): Promise<string[][]> {
  await using app = await project(dockerfile, files, base);
  return listing(await app.describe());
}

const app = `FROM node:20
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --chown=node dist ./dist/
USER node
CMD ["node", "dist/main.js"]
`;
const appFiles = {
  'package.json': '{"type":"module"}',
  'dist/main.js': 'console.log("hello")\n',
  'dist/run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
  'dist/public/index.html': '<h1>hello</h1>',
};

test('an image is the base, a layer for each WORKDIR that creates and each COPY, and the configuration', async () => {
  await using shop = await project(app, appFiles);
  const described = await shop.describe({ revision: 'c0ffee' });
  expect(await listing(described)).toEqual([
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
  expect(described).toMatchObject({
    declaresSourceDigest: true,
    base: { reference: { repository: 'library/node', tag: '20' }, standIn: false },
    layers: [
      { instruction: 'WORKDIR /app', line: 4, files: 0, size: 0, reused: false },
      { instruction: 'COPY package.json ./', line: 5, files: 1, size: 17, reused: false },
      { instruction: 'COPY --chown=node dist ./dist/', line: 6, files: 3, size: 45, reused: false },
    ],
    warnings: [],
  });
  expect(described.image.config).toMatchObject({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', `SOURCE_DIGEST=${described.sourceDigest}`, 'NODE_ENV=production'],
      WorkingDir: '/app',
      User: 'node',
      Cmd: ['node', 'dist/main.js'],
      Labels: { 'org.opencontainers.image.revision': 'c0ffee' },
    },
  });
  expect(described.image.config.history).toHaveLength(1 + 7);
  expect(described.image.config.rootfs.diff_ids).toEqual(described.image.layers.map(({ diffId }) => diffId));
});

test('digests never drift', async () => {
  await using shop = await project(app, appFiles);
  const { image, layers, sourceDigest } = await shop.describe({ revision: 'c0ffee' });
  expect({
    diffIds: layers.map(({ diffId }) => diffId),
    sourceDigests: layers.map((layer) => layer.sourceDigest),
    sourceDigest,
    imageId: image.imageId,
  }).toEqual({
    diffIds: [
      'sha256:5f8abbbabec5fb5c057814b6bb0853b32a539b10d95b26b00e136d6de648eeab',
      'sha256:5d3e0902727db49162ea44bd09fef8ab6bd2aea829cb0dd63b1d6c0025cb3c98',
      'sha256:5fda97bce44deea30f526b01fd257415b4a83f04248e00437fa1d801b3935d96',
    ],
    imageId: 'sha256:998ee71154174a23f23c82469ea058c0c4601fa83e6502a822109bf2858a6b97',
    sourceDigest: 'sha256:91f797fc025a4070ef368d944a6cf361a00007165181ed5e191752d7a75af9fa',
    sourceDigests: [
      'sha256:a969670d8716d03edf6d4376ff8236e53bc12180990f5fc0fb44346e606ea2a2',
      'sha256:78f05237be33d5f6686fceef489e2ac0c6fdd517783a67dc3c9b6847d278abc2',
      'sha256:eed2e46f0f7f44bc2ff346e7d88a455492ad93ab6d6a635f2269b7ef3b9c5045',
    ],
  });
});

test('modes, times, umask, time zone, locale and the order of a folder change nothing (fault 37)', async () => {
  await using one = await project(app, appFiles);
  await using two = await project(app, Object.fromEntries(Object.entries(appFiles).reverse()));
  await chmod(two.file('package.json'), 0o600);
  await chmod(two.file('dist'), 0o700);
  await chmod(two.file('dist/run.sh'), 0o711);
  await utimes(two.file('dist/main.js'), 1_000_000_000, 1_000_000_000);
  const here = await one.describe();
  const { TZ, LC_ALL } = process.env;
  Object.assign(process.env, { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8' });
  const there = await two.describe().finally(() => Object.assign(process.env, { TZ: TZ ?? '', LC_ALL: LC_ALL ?? '' }));
  expect(there.image.imageId).toBe(here.image.imageId);
});

test('SOURCE_DATE_EPOCH is the time of everything (fault 38)', async () => {
  await using shop = await project(app, appFiles);
  const zero = await shop.describe();
  const later = await shop.describe({ sourceDateEpoch: 1_700_000_000 });
  expect(later.image.config.created).toBe('2023-11-14T22:13:20Z');
  expect(later.layers[1]!.diffId).not.toBe(zero.layers[1]!.diffId);
  expect((await shop.describe({ sourceDateEpoch: 0 })).image.imageId).toBe(zero.image.imageId);
  for (const wrong of [-1, Number.NaN, 1.5, 1e12])
    await expectCode(shop.describe({ sourceDateEpoch: wrong }), 'CONTEXT_INVALID', 'SOURCE_DATE_EPOCH');
});

test('with the previous image nothing changed is the same image: no layer is made, and none of the base is read', async () => {
  await using shop = await project(app, appFiles);
  const first = await shop.describe({ revision: 'one' });
  expect(shop.registry.blobsRead).toBe(1);
  const previous = await shop.registry.push(first.image);
  const second = await shop.describe({ revision: 'two' }, previous);
  expect(shop.registry.blobsRead).toBe(1);
  expect(second.image.imageId).toBe(first.image.imageId);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.layers.slice(1).every((layer) => layer.kind === 'stored' && layer.from === previous.from)).toBe(
    true,
  );
});

test('a changed file makes its own layer anew, under the new revision', async () => {
  await using shop = await project(app, appFiles);
  const first = await shop.describe({ revision: 'one' });
  const previous = await shop.registry.push(first.image);
  await shop.write({ 'dist/main.js': 'console.log("changed")\n' });
  const second = await shop.describe({ revision: 'two' }, previous);
  expect(second.layers.map(({ reused }) => reused)).toEqual([true, true, false]);
  expect(second.sourceDigest).not.toBe(first.sourceDigest);
  expect(second.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'two' });
  expect(second.image.imageId).toBe((await shop.describe({ revision: 'two' })).image.imageId);
});

test('a changed configuration reuses every layer, and is another image', async () => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.describe()).image);
  await shop.write({ Dockerfile: app.replace('NODE_ENV=production', 'NODE_ENV=staging') });
  const second = await shop.describe({}, previous);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).not.toBe(previous.imageId);
});

test('the same layers on a changed base are used again, once the new base was looked at', async () => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.describe()).image);
  await shop.registry.putBase('docker.io/library/node:20', [debian, { 'usr/lib/patched': '' }]);
  const second = await shop.describe({}, previous);
  expect(shop.registry.blobsRead).toBe(1 + 2);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).not.toBe(previous.imageId);
});

test('what is remembered of one base is not believed of another', async () => {
  await using shop = await project('FROM node:20\nCOPY a /data/\n', { a: '' });
  const previous = await shop.registry.push((await shop.describe()).image);
  await shop.registry.putBase('docker.io/library/node:20', [debian, { 'data/': '' }]);
  expect(await listing(await shop.describe({}, previous))).toEqual([['-644 0:0 data/a']]);
});

test('a base of our own does not lend its memories of its base', async () => {
  await using shop = await project('FROM node:20\nCOPY a /data/\n', { a: '' });
  const base = await shop.registry.push((await shop.describe()).image, {
    registry: 'docker.io',
    repository: 'me/base',
  });
  await shop.write({ Dockerfile: 'FROM me/base\nCOPY a /data/b\n' });
  const image = await shop.describe();
  expect(await listing(image)).toEqual([['-644 0:0 data/b']]);
  expect(await listing(await shop.describe({}, base))).toEqual([['-644 0:0 data/b']]);
});

test('a process type’s image differs by its command alone, and is no other image for the next build', async () => {
  await using shop = await project(app, appFiles);
  const { image } = await shop.describe({ revision: 'one' });
  const worker = imageForProcess(image, ['node', 'worker.js']);
  expect(worker.config).toEqual({ ...image.config, config: { ...image.config.config, Cmd: ['node', 'worker.js'] } });
  expect(worker.imageId).not.toBe(image.imageId);
  expect(imageForProcess(image, undefined)).toBe(image);
  const previous = await shop.registry.push(worker);
  const again = await shop.describe({ revision: 'two' }, previous);
  expect(imageForProcess(again.image, ['node', 'worker.js']).imageId).toBe(worker.imageId);
});

test('the source digest tells the base, the layers and the configuration, and no revision', async () => {
  const digestOf = async (dockerfile: string, files: Record<string, Content>, request: Partial<BuildRequest> = {}) => {
    await using shop = await project(dockerfile, files);
    return (await shop.describe(request)).sourceDigest;
  };
  const files = { a: '1' };
  const plain = await digestOf('FROM node:20\nARG C\nCOPY a /\nLABEL org.opencontainers.image.revision=$C\n', files);
  const labelled = 'FROM node:20\nARG C\nCOPY a /\nLABEL org.opencontainers.image.revision=$C\n';
  expect(await digestOf(labelled, files, { buildArgs: { C: 'abc' }, revision: 'x' })).toBe(plain);
  const others = await Promise.all([
    digestOf(labelled.replace('/\n', '/b\n'), files),
    digestOf(labelled, { a: '2' }),
    digestOf(`${labelled}ENV A=1\n`, files),
    digestOf(labelled.replace('node:20', 'scratch'), files),
  ]);
  expect(new Set([plain, ...others]).size).toBe(5);
});

test('no layer can depend on the source digest', async () => {
  await using shop = await project('FROM node:20\nARG SOURCE_DIGEST\nCOPY a /a-$SOURCE_DIGEST\n', { a: '' });
  await expectCode(shop.describe(), 'DOCKERFILE_INVALID', 'Dockerfile line 3: SOURCE_DIGEST');
});

test('the revision that a Dockerfile sets itself counts, and is kept as long as nothing else changes', async () => {
  await using shop = await project('FROM node:20\nARG C\nLABEL org.opencontainers.image.revision=$C\nCOPY a /\n', {
    a: '1',
  });
  const first = await shop.describe({ buildArgs: { C: 'one' }, revision: 'x' });
  expect(first.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'one' });
  const previous = await shop.registry.push(first.image);
  expect((await shop.describe({ buildArgs: { C: 'two' } }, previous)).image.imageId).toBe(first.image.imageId);
});

test('what the base has keeps its place: no entry for /tmp, /home/node or /var/run’s target', async () => {
  expect(await layersOf('FROM node:20\nCOPY a /tmp/\nCOPY a /home/node/x/\nCOPY a /var/run/b\n', { a: '' })).toEqual([
    ['-644 0:0 tmp/a'],
    ['d755 0:0 home/node/x/', '-644 0:0 home/node/x/a'],
    ['-644 0:0 run/b'],
  ]);
});

test('created folders belong to whom the files belong, WORKDIR’s to the user', async () => {
  expect(
    await layersOf('FROM node:20\nUSER node:staff\nWORKDIR /a/b\nCOPY --chown=7 a /c/d/\nCOPY a .\n', { a: '' }),
  ).toEqual([
    ['d755 1000:50 a/', 'd755 1000:50 a/b/'],
    ['d755 7:7 c/', 'd755 7:7 c/d/', '-644 7:7 c/d/a'],
    ['-644 0:0 a/b/a'],
  ]);
});

test('WORKDIR and COPY of what is there already make no layer', async () => {
  await using shop = await project('FROM node:20\nWORKDIR /app-of-base\nCOPY empty .\n', { empty: null });
  const { image, layers } = await shop.describe();
  expect(layers).toEqual([]);
  expect(image.layers).toHaveLength(1);
  expect(image.config.history!.slice(1).map(({ empty_layer }) => empty_layer)).toEqual([true, true]);
});

test('a warm build knows what an instruction without a layer asked of the base', async () => {
  await using shop = await project('FROM node:20\nWORKDIR /app-of-base\nCOPY a ./\n', { a: '' });
  const previous = await shop.registry.push((await shop.describe()).image);
  await shop.describe({}, previous);
  expect(shop.registry.blobsRead).toBe(1);
});

test('a folder’s content is copied; empty folders and files are kept (fault 50)', async () => {
  const files = { 'src/a': '', 'src/empty': null, 'src/sub/b': 'x' };
  expect(await layersOf('FROM scratch\nCOPY src /x\nCOPY src/empty /y/z\n', files)).toEqual([
    ['d755 0:0 x/', '-644 0:0 x/a', 'd755 0:0 x/empty/', 'd755 0:0 x/sub/', '-644 0:0 x/sub/b'],
    ['d755 0:0 y/', 'd755 0:0 y/z/'],
  ]);
});

test.each([
  ['COPY a /b', ['-644 0:0 b']],
  ['COPY a /b/', ['d755 0:0 b/', '-644 0:0 b/a']],
  ['COPY a /home', ['-644 0:0 home/a']],
  ['COPY a /home/.', ['-644 0:0 home/a']],
  ['COPY a c* /b/', ['d755 0:0 b/', '-644 0:0 b/a', '-644 0:0 b/c1', '-644 0:0 b/c2']],
  ['COPY a d /home', ['-644 0:0 home/a', '-644 0:0 home/e']],
  ['COPY d a /b', ['d755 0:0 b/', '-644 0:0 b/a', '-644 0:0 b/e']],
  ['COPY d f /b', ['d755 0:0 b/', '-644 0:0 b/e', '-644 0:0 b/g']],
  ['COPY --chmod=4750 a d /b/', ['d755 0:0 b/', '-4750 0:0 b/a', '-4750 0:0 b/e']],
  ['COPY --exclude=c* --exclude=d . /b/', ['d755 0:0 b/', '-644 0:0 b/a', 'd755 0:0 b/f/', '-644 0:0 b/f/g']],
  ['COPY --link a /b/', ['d755 0:0 b/', '-644 0:0 b/a']],
  ['ADD a /b/', ['d755 0:0 b/', '-644 0:0 b/a']],
])('%s', async (line, entries) => {
  expect(await layersOf(`FROM node:20\n${line}\n`, { a: '', c1: '', c2: '', 'd/e': '', 'f/g': '' })).toEqual([entries]);
});

test('a folder inside what is copied takes the mode of one that exists; a file takes a link’s place', async () => {
  expect(
    await layersOf('FROM node:20\nCOPY rootfs /\n', { 'rootfs/tmp/x': '', 'rootfs/usr/bin/node': 'mine' }),
  ).toEqual([['d755 0:0 tmp/', '-644 0:0 tmp/x', 'd755 0:0 usr/', 'd755 0:0 usr/bin/', '-644 0:0 usr/bin/node']]);
});

test.each([
  ['COPY d /', { 'd/usr/bin': 'a file' }, 'a file where the image has a folder: /usr/bin'],
  ['COPY d /', { 'd/var/run/x': '' }, 'a folder where the image has a link: /var/run'],
  ['COPY a /usr/bin/node/', { a: '' }, '/usr/bin/node is a file in the image'],
  ['WORKDIR /usr/bin/node/x', {}, '/usr/bin/node is a file in the image'],
  ['COPY a b /c', { a: '', b: '' }, 'ends with /: /c/'],
  ['COPY * /c', { a: '', b: '' }, 'ends with /: /c/'],
  ['COPY --chown=nobody a /c', { a: '' }, 'whom the image’s /etc/passwd does not know'],
])('%s is refused where Docker could not do it', async (line, files: Record<string, Content>, what) => {
  await using shop = await project(`FROM node:20\n${line}\n`, files);
  await expectCode(shop.describe(), 'DOCKERFILE_INVALID', what.replace('’', "'"));
});

test.each([
  ['COPY --link a /var/run/x', 'a link of the base leads to its destination'],
  ['COPY passwd /etc/passwd\nCOPY --chown=node a /b', 'replaces the accounts'],
  ['ADD packed /b', 'does not unpack archives'],
])('%s is left to Docker', async (lines, why) => {
  await using shop = await project(`FROM node:20\n${lines}\n`, {
    a: '',
    passwd: '',
    packed: Buffer.from('1f8b08', 'hex'),
  });
  await expectCode(shop.describe(), 'INSTRUCTION_UNSUPPORTED', why, '--builder docker');
});

test('links are stored as links; one that leads out is warned of (fault 46)', async () => {
  await using shop = await project('FROM scratch\nCOPY d /d/\n', {
    'd/in': { link: 'a' },
    'd/gone': { link: 'nowhere' },
    'd/out': { link: '../../secret' },
    'd/abs': { link: '/etc/passwd' },
    'd/loop': { link: 'loop' },
    'd/a': '',
  });
  const described = await shop.describe();
  expect(await listing(described)).toEqual([
    [
      'd755 0:0 d/',
      '-644 0:0 d/a',
      'l777 0:0 d/abs -> /etc/passwd',
      'l777 0:0 d/gone -> nowhere',
      'l777 0:0 d/in -> a',
      'l777 0:0 d/loop -> loop',
      'l777 0:0 d/out -> ../../secret',
    ],
  ]);
  expect(described.warnings).toEqual([
    expect.stringContaining('d/abs is a link to /etc/passwd'),
    expect.stringContaining('d/out'),
  ]);
});

test('hard links are files of their own, each with its content (fault 47)', async () => {
  await using shop = await project('FROM scratch\nCOPY d /d/\n', { 'd/a': 'same' });
  await link(shop.file('d/a'), shop.file('d/b'));
  const linked = await shop.describe();
  expect(linked.layers[0]).toMatchObject({ files: 2, size: 8 });
  await using copied = await project('FROM scratch\nCOPY d /d/\n', { 'd/a': 'same', 'd/b': 'same' });
  expect((await copied.describe()).layers[0]!.diffId).toBe(linked.layers[0]!.diffId);
});

test('set-user-ID bits and other permissions of the checkout do not go in (fault 49)', async () => {
  expect(
    await layersOf('FROM scratch\nCOPY d /d/\n', {
      'd/a': { text: '', mode: 0o6755 },
      'd/b': { text: '', mode: 0o1666 },
    }),
  ).toEqual([['d755 0:0 d/', '-755 0:0 d/a', '-644 0:0 d/b']]);
});

test('names that differ in case alone are kept, with a warning (fault 51)', async () => {
  await using shop = await project('FROM scratch\nCOPY d /d/\n', { 'd/README': '', 'd/readme': '' });
  const described = await shop.describe();
  expect((await listing(described))[0]).toHaveLength(3);
  expect(described.warnings).toEqual(['/d/README and /d/readme differ in case alone; both go into the image.']);
});

test('no entry leads out of the image, whatever the destination says (fault 52)', async () => {
  expect(await layersOf('FROM scratch\nWORKDIR /a\nCOPY x ../../../b/\nCOPY x C:\\\\y\n', { x: '' })).toEqual([
    ['d755 0:0 a/'],
    ['d755 0:0 b/', '-644 0:0 b/x'],
    ['-644 0:0 a/C:\\y'],
  ]);
});

test('what could not be seen is warned of', async () => {
  await using shop = await project('FROM node:20\nCOPY a none* /d/\n', {
    a: '',
    '.env': '',
    '.dockerignore': 'Dockerfile\n!.env\n',
  });
  await shop.write({ Dockerfile: 'FROM node:20\nENV A=1 \\\n\n  B=2\nCOPY a none* .env /d/\n' });
  expect((await shop.describe({ buildArgs: { CI_COMMIT_SHA: 'x' } })).warnings).toEqual([
    'Dockerfile line 3: an empty line inside a continued instruction.',
    'The build arg CI_COMMIT_SHA is declared by no ARG.',
    '.env goes into the image, as .dockerignore asks: such files hold values of an environment.',
    'Dockerfile line 5: COPY source "none*" matches nothing.',
  ]);
});

test('a stand-in of a base is told as such', async () => {
  await using shop = await project('FROM node:20\nCMD ["x"]\n', {}, { Labels: { 'dev.tozo.stand-in': '1' } });
  expect((await shop.describe()).base?.standIn).toBe(true);
});

test('scratch needs no registry', async () => {
  await using shop = await project('FROM scratch\nCOPY a /\n', { a: '' });
  const described = await shop.describe();
  expect(shop.registry.imagesRead).toBe(0);
  expect(described).not.toHaveProperty('base');
  expect(described.image.config.config).toEqual({
    WorkingDir: '/',
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  });
});

test('a base that is not there is named with its line', async () => {
  await using shop = await project('# base\nFROM node:99\n');
  await expectCode(shop.describe(), 'BASE_NOT_FOUND', 'Dockerfile line 2', 'docker.io/library/node:99');
});

test('a base whose layers cannot be unpacked is named', async () => {
  await using shop = await project('FROM node:20\nWORKDIR /app\n');
  shop.registry.readBlob = async () => Readable.from([Buffer.from('no gzip')]);
  await expectCode(shop.describe(), 'MEDIA_TYPE_REFUSED', 'docker.io/library/node:20');
});

test('a base that asks for more instructions is left to Docker', async () => {
  await using shop = await project('FROM node:20\n', {}, { OnBuild: ['COPY . /app'] });
  await expectCode(shop.describe(), 'INSTRUCTION_UNSUPPORTED', 'ONBUILD COPY . /app');
});

test.each([
  ['RUN true', 'INSTRUCTION_UNSUPPORTED'],
  ['COPY missing /', 'COPY_SOURCE_MISSING'],
  ['COPY ../a /', 'COPY_SOURCE_OUTSIDE'],
  ['COPY', 'DOCKERFILE_INVALID'],
] as const)('%s is refused before anything is asked of a registry', async (line, code) => {
  await using shop = await project(`FROM node:20\n${line}\n`);
  await expectCode(shop.describe(), code, 'line 2');
  expect(shop.registry.imagesRead).toBe(0);
});

test('a missing Dockerfile is named', async () => {
  await using shop = await project('FROM node:20\n');
  await expectCode(shop.describe({ dockerfile: shop.file('Dockerfil') }), 'DOCKERFILE_MISSING', 'Dockerfil');
});

test('a secret in the configuration stops the build as one in a file does (fault 55)', async () => {
  await using shop = await project('FROM node:20\nARG KEY\nENV KEY=$KEY\n');
  await expectCode(
    shop.describe({ buildArgs: { KEY: 'hunter2hunter2' }, secrets: ['hunter2hunter2'] }),
    'FILE_REFUSED',
    'by an ENV or a LABEL',
  );
});

test('a tar file that is asked for after a file changed ends in an error (fault 43)', async () => {
  await using shop = await project('FROM scratch\nCOPY a /\n', { a: 'one' });
  const described = await shop.describe();
  await shop.write({ b: 'two' });
  await rename(shop.file('b'), shop.file('a'));
  await expectCode(listing(described), 'FILE_CHANGED', 'a changed while');
});

test('a build that is told to stop does', async () => {
  await using shop = await project(app, appFiles);
  const options = { registry: shop.registry, signal: AbortSignal.abort() };
  await expectCode(describeDirect({ context: shop.path, dockerfile: shop.file('Dockerfile') }, options), 'ABORTED');
});

test('GNU tar unpacks what was made', async () => {
  await using shop = await project('FROM scratch\nCOPY src /x/\n', { 'src/a/b': 'content', 'src/l': { link: 'a/b' } });
  const [layer] = (await shop.describe()).image.layers;
  if (layer?.kind !== 'new') throw new Error('the layer was not made');
  const chunks: Buffer[] = [];
  for await (const chunk of layer.tar()) chunks.push(chunk as Buffer);
  execFileSync('tar', ['-x', '-C', shop.path], { input: Buffer.concat(chunks) });
  expect(execFileSync('cat', [shop.file('x/l')]).toString()).toBe('content');
  expect(Buffer.concat(chunks).length).toBe(layer.size);
});
