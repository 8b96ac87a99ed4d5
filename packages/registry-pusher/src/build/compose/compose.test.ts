import { gzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf } from '../../image/digest.ts';
import { encodeTarHeader } from '../../tar/header.ts';
import { MemoryImages } from '../../testing/memory-images.ts';
import { tarLayer } from '../../testing/tar-layer.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { createDirectory } from '../../testing/directory.ts';
import { listing } from '../../testing/layer-files.ts';
import { compose } from './compose.ts';

const passwd = { 'etc/passwd': 'root:x:0:0::/:\nnode:x:1000:1000::/:\n', 'etc/group': 'node:x:1000:\n', 'home/': '' };

test('copies files like COPY: with owners from the base, modes, and existing directories unchanged', async () => {
  const images = new MemoryImages();
  await images.putBase('docker.io/library/node:20', [passwd]);
  await using project = await createDirectory({
    'dist/main.js': '1',
    'dist/main.map': '',
    'bin/run': { text: '', mode: 0o700 },
  });
  const described = await compose(
    {
      base: 'node:20',
      context: project.path,
      layers: [
        { files: 'dist', to: '/home/node/app/', owner: 'node', exclude: ['*.map'] },
        { files: ['bin/*'], to: '/home/bin/', mode: 0o555 },
      ],
    },
    { registry: images },
  );
  expect(await listing(described)).toEqual([
    ['d755 1000:1000 home/node/', 'd755 1000:1000 home/node/app/', '-644 1000:1000 home/node/app/main.js'],
    ['d755 0:0 home/bin/', '-555 0:0 home/bin/run'],
  ]);
  expect(described.layers).toMatchObject([
    { instruction: 'COPY --chown=node --exclude=*.map dist /home/node/app/', line: 1, reused: false, files: 1 },
    { instruction: 'COPY --chmod=555 bin/* /home/bin/', line: 2 },
  ]);
});

test("merges the config into the base's: variables by name, sets by entry, and replaces other fields", async () => {
  const images = new MemoryImages();
  const inherited = { Env: ['PATH=/bin', 'A=1'], Labels: { a: '1' }, Cmd: ['node'], User: 'node', OnBuild: ['RUN x'] };
  await images.putBase('docker.io/library/node:20', [passwd], inherited, { docker_version: '20.10' });
  await using project = await createDirectory({});
  const config = { Env: ['A=2', 'B='], Labels: { b: '2' }, Entrypoint: ['/init'], ExposedPorts: { '80/tcp': {} } };
  const { image } = await compose({ base: 'node:20', layers: [], config, context: project.path }, { registry: images });
  expect(image.config.config).toEqual({
    Env: ['PATH=/bin', 'A=2', 'B='],
    Labels: { a: '1', b: '2' },
    User: 'node',
    Entrypoint: ['/init'],
    ExposedPorts: { '80/tcp': {} },
  });
  expect(image.config).not.toHaveProperty('docker_version');
});

test('adds a tar file unchanged in any compression, and later layers see its files', async () => {
  await using project = await createDirectory({ f: '' });
  const tar = await tarLayer({ 'srv/': '', 'srv/app': { link: '/data' }, 'data/': '' });
  await project.write({ 'layer.tgz': gzipSync(tar) });
  const request = {
    base: 'scratch',
    context: project.path,
    layers: [
      { tar: project.file('layer.tgz'), createdBy: 'assets' },
      { files: 'f', to: '/srv/app/' },
    ],
  } as const;
  const described = await compose(request, { registry: new MemoryImages() });
  expect((await listing(described))[1]).toEqual(['-644 0:0 data/f']);
  expect(described.image.config.rootfs.diff_ids[0]).toBe(digestOf(tar));
  expect(described.image.config.history![0]).toMatchObject({ created_by: 'assets' });

  const asStream = await compose(
    { ...request, layers: [{ tar: () => Readable.from([tar]), createdBy: 'assets' }, request.layers[1]] },
    { registry: new MemoryImages() },
  );
  expect(asStream.image.imageId).toBe(described.image.imageId);
});

test('reuses layers of the previous image and reproduces the image ID', async () => {
  const images = new MemoryImages();
  await images.putBase('docker.io/library/node:20', [passwd]);
  await using project = await createDirectory({ a: '1', b: '2' });
  const tar = await tarLayer({ x: 'y' });
  const request = {
    base: 'node:20',
    context: project.path,
    layers: [{ files: 'a', to: '/home/' }, { tar: () => Readable.from([tar]) }, { files: 'b', to: '/home/' }],
  };
  const first = await compose(request, { registry: images });
  const previous = await images.push(first.image);
  const again = await compose(request, { registry: images, previous });
  expect([again.layers.map(({ reused }) => reused), again.image.imageId]).toEqual([
    [true, true, true],
    first.image.imageId,
  ]);

  await project.write({ b: '3' });
  const changed = await compose(request, { registry: images, previous });
  expect(changed.layers.map(({ reused }) => reused)).toEqual([true, true, false]);
});

test('builds from scratch for another platform', async () => {
  await using project = await createDirectory({ a: '1' });
  const { image } = await compose(
    { base: 'scratch', platform: 'linux/arm/v7', context: project.path, layers: [{ files: 'a', to: '/' }] },
    { registry: new MemoryImages() },
  );
  expect(image.config).toMatchObject({ os: 'linux', architecture: 'arm', variant: 'v7' });
  expect(image.layers).toHaveLength(1);
});

function tarWith(name: string): () => Readable {
  const header = encodeTarHeader({ type: 'file', name, mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0 });
  return () => Readable.from([header]);
}

test.each([
  [{ files: 'a', to: 'app' }, 'OPTIONS_INVALID', 'layers[0]: "to" is "app". Use an absolute path'],
  [{ files: 'a', to: '/', mode: 0o10000 }, 'OPTIONS_INVALID', 'layers[0]: "mode" is 4096'],
  [{ files: [], to: '/' }, 'OPTIONS_INVALID', 'layers[0]: "files" is empty'],
  [{ files: '/abs', to: '/' }, 'OPTIONS_INVALID', 'layers[0]: "files" contains the absolute path "/abs"'],
  [{ files: ['a', '/a*'], to: '/' }, 'OPTIONS_INVALID', 'set "context" to a directory that contains it'],
  [{ files: 'none', to: '/' }, 'COPY_SOURCE_MISSING', 'layers[0]: '],
  [{ files: '../x', to: '/' }, 'COPY_SOURCE_OUTSIDE', 'layers[0]: '],
  [{ tar: '/nonexistent.tar' }, 'FILE_UNREADABLE', "Can't read /nonexistent.tar: ENOENT"],
  [{ tar: () => Readable.from([Buffer.alloc(0)]) }, 'FILE_REFUSED', "isn't a valid tar file"],
  [{ tar: () => Readable.from([Buffer.from('x'.repeat(2000))]) }, 'FILE_REFUSED', "isn't a valid tar file"],
  [{ tar: tarWith('../x') }, 'FILE_REFUSED', 'the name "../x" contains "..". Write it again'],
  [{ tar: tarWith('/etc/x') }, 'FILE_REFUSED', 'the name "/etc/x" is absolute'],
])('rejects layer %o with %s (faults 140, 156, registry-pusher)', async (layer, code, text) => {
  await using project = await createDirectory({ a: '1' });
  const composed = compose(
    { base: 'scratch', context: project.path, layers: [layer] },
    { registry: new MemoryImages() },
  );
  await expect(composed).rejects.toMatchObject({ code, message: expect.stringContaining(text) });
});

test('rejects an invalid variable and a missing base', async () => {
  await using project = await createDirectory({});
  const rest = { layers: [], context: project.path };
  const options = { registry: new MemoryImages() };
  await expect(compose({ ...rest, base: 'scratch', config: { Env: ['A'] } }, options)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  await expect(compose({ ...rest, base: 'node' }, options)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

test("keeps the compression of the base's layers", async () => {
  const images = new MemoryImages();
  await images.putBase('docker.io/library/node:20', [passwd]);
  await using project = await createDirectory({});
  const { image } = await compose({ base: 'node:20', layers: [], context: project.path }, { registry: images });
  expect(image.layers).toMatchObject([{ kind: 'stored', descriptor: { mediaType: mediaTypes.dockerLayerGzip } }]);
});

test.for([
  ['a file', 'f', [], 'f '],
  ['the config', 'g', ['KEY=hunter2hunter2'], 'The image config '],
] as const)('rejects a secret in %s (fault 55, registry-pusher)', async ([, files, Env, what]) => {
  await using project = await createDirectory({ f: 'key=hunter2hunter2', g: '' });
  const composing = compose(
    {
      base: 'scratch',
      context: project.path,
      secrets: ['hunter2hunter2'],
      layers: [{ files, to: '/' }],
      config: { Env: [...Env] },
    },
    { registry: new MemoryImages() },
  );
  await expectCode(composing, 'FILE_REFUSED', what);
});

test('rejects native code for another system on linux/amd64', async () => {
  const addon = Buffer.concat([Buffer.from('cffaedfe', 'hex'), Buffer.alloc(100)]);
  await using project = await createDirectory({ 'addon.node': addon });
  const request = { base: 'scratch', context: project.path, layers: [{ files: '.', to: '/' }] };
  const options = { registry: new MemoryImages() };
  await expectCode(compose(request, options), 'NATIVE_CODE_MISMATCH', 'addon.node is Mach-O');
  await expect(compose({ ...request, platform: 'linux/arm64' }, options)).resolves.toHaveProperty('image');
});

test('names the relative path of an absolute one inside the context (fault 156, registry-pusher)', async () => {
  await using project = await createDirectory({ 'dist/a': '1' });
  const layers = [{ files: project.file('dist/a'), to: '/' }];
  const composed = compose({ base: 'scratch', context: project.path, layers }, { registry: new MemoryImages() });
  await expect(composed).rejects.toThrow('use "dist/a".');
});
