import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { imageForProcess } from '../../image/for-process.ts';
import { imageOf, type StoredLayer } from '../../image/image.ts';
import { expectCode } from '../../testing/expect-code.ts';
import type { Content } from '../../testing/directory.ts';
import { listing } from '../../testing/layer-files.ts';
import { app, appFiles, debian, project } from '../../testing/project.ts';
import type { BuildRequest } from '../builder.ts';

test('without changes, gives the previous image without building or reading a layer', async () => {
  await using shop = await project(app, appFiles);
  const first = await shop.build({ revision: 'one' });
  expect(shop.registry.blobsRead).toBe(1);
  const previous = await shop.registry.push(first.image);
  const second = await shop.build({ revision: 'two' }, previous);
  expect(shop.registry.blobsRead).toBe(1);
  expect(second.image.imageId).toBe(first.image.imageId);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.layers.slice(1).every((layer) => layer.kind === 'stored' && layer.from === previous.from)).toBe(
    true,
  );
});

test('a changed file rebuilds only its layer, under the new revision', async () => {
  await using shop = await project(app, appFiles);
  const first = await shop.build({ revision: 'one' });
  const previous = await shop.registry.push(first.image);
  await shop.write({ 'dist/main.js': 'console.log("changed")\n' });
  const second = await shop.build({ revision: 'two' }, previous);
  expect(second.layers.map(({ reused }) => reused)).toEqual([true, true, false]);
  expect(second.sourceDigest).not.toBe(first.sourceDigest);
  expect(second.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'two' });
  expect(second.image.imageId).toBe((await shop.build({ revision: 'two' })).image.imageId);
});

test('builds again under a new image ID with the same layers, and stays unchanged after that (fault 62, registry-pusher)', async () => {
  await using shop = await project(app, appFiles);
  const first = await shop.build({ revision: 'one' });
  const again = await shop.build({ revision: 'one', again: 'today' }, await shop.registry.push(first.image));
  expect(again.image.imageId).not.toBe(first.image.imageId);
  expect(again.sourceDigest).toBe(first.sourceDigest);
  expect(again.layers.every(({ reused }) => reused)).toBe(true);
  const previous = await shop.registry.push(again.image);
  expect((await shop.build({ revision: 'two' }, previous)).image.imageId).toBe(again.image.imageId);
  await shop.write({ 'dist/main.js': 'console.log("changed")\n' });
  const changed = await shop.build({ revision: 'two' }, previous);
  expect(changed.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'two' });
});

test('a changed link rebuilds its layer', async () => {
  await using shop = await project('FROM node:20\nCOPY d /d/\n', { 'd/l': { link: 'a' } });
  const previous = await shop.registry.push((await shop.build()).image);
  await rm(shop.file('d/l'));
  await shop.write({ 'd/l': { link: 'b' } });
  expect((await shop.build({}, previous)).layers.map(({ reused }) => reused)).toEqual([false]);
});

test.for([
  'COPY --from=tools:1 --chown=7:7 /opt/b /x',
  'COPY --from=tools:1 --chown=7:7 /opt/a /y',
  'COPY --from=tools:1 --chown=7:8 /opt/a /x',
  'COPY --from=tools:1 --chown=7:9 /opt/a /x',
  'COPY --from=tools:1 --chown=7:7 --chmod=700 /opt/a /x',
])('reuses a layer from another image, but not for %s', async (other) => {
  await using shop = await project('FROM node:20\nCOPY --from=tools:1 --chown=7:7 /opt/a /x\n');
  await shop.registry.putBase('docker.io/library/tools:1', [{ 'opt/a': 'a', 'opt/b': 'b' }]);
  const previous = await shop.registry.push((await shop.build()).image);
  expect((await shop.build({}, previous)).layers.map(({ reused }) => reused)).toEqual([true]);
  await shop.write({ Dockerfile: `FROM node:20\n${other}\n` });
  const warm = await shop.build({}, previous);
  expect(warm.layers.map(({ reused }) => reused)).toEqual([false]);
  expect(warm.image.imageId).toBe((await shop.build()).image.imageId);
});

test('reuses nothing below an entry of another tool, which may have more layers than entries', async () => {
  const dockerfile = 'FROM scratch\nCOPY --from=tools:1 /opt/a /\nCOPY b /\n';
  await using shop = await project('FROM scratch\nCOPY c /\nCOPY d /\n', { b: 'b', c: 'c', d: 'd' });
  await shop.registry.putBase('docker.io/library/tools:1', [{ 'opt/a': 'a' }]);
  const others = (await shop.build()).image.layers;
  await shop.write({ Dockerfile: dockerfile });
  const { config, layers } = (await shop.build()).image;
  const all = [layers[0]!, ...others, layers[1]!];
  const history = [config.history![0]!, { created_by: 'another tool' }, config.history![1]!];
  const rootfs = { type: 'layers' as const, diff_ids: all.map(({ diffId }) => diffId) };
  const previous = await shop.registry.push(imageOf({ ...config, rootfs, history }, all));
  expect((await shop.build({}, previous)).layers.map(({ reused }) => reused)).toEqual([false, true]);
});

test('a changed configuration reuses every layer in a new image', async () => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.write({ Dockerfile: app.replace('NODE_ENV=production', 'NODE_ENV=staging') });
  const second = await shop.build({}, previous);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).not.toBe(previous.imageId);
});

test('reuses the layers on a changed base after reading the base', async () => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.registry.putBase('docker.io/library/node:20', [debian, { 'usr/lib/patched': '' }]);
  const second = await shop.build({}, previous);
  expect(shop.registry.blobsRead).toBe(1 + 2);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).not.toBe(previous.imageId);
});

test('doesn’t apply the facts of one base to another', async () => {
  await using shop = await project('FROM node:20\nCOPY a /data/\n', { a: '' });
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.registry.putBase('docker.io/library/node:20', [{ ...debian, 'data/': '' }]);
  expect(await listing(await shop.build({}, previous))).toEqual([['-644 0:0 data/a']]);
});

test('doesn’t apply the facts of another stage’s base', async () => {
  await using shop = await project('FROM node:20\nCOPY --chown=node a /x\n', { a: '' });
  await shop.registry.putBase('docker.io/library/tools:1', [{ 'etc/passwd': 'node:x:5:5::/:/bin/sh\n' }]);
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.write({
    Dockerfile: 'FROM tools:1 AS other\nCOPY --chown=node a /x\nFROM node:20\nCOPY --from=other /x /y\n',
  });
  expect(await listing(await shop.build({}, previous))).toEqual([['-644 5:5 y']]);
});

test('doesn’t inherit facts from a base built by this builder', async () => {
  await using shop = await project('FROM node:20\nCOPY a /data/\n', { a: '' });
  const base = await shop.registry.push((await shop.build()).image, {
    registry: 'docker.io',
    repository: 'me/base',
  });
  await shop.write({ Dockerfile: 'FROM me/base\nCOPY a /data/b\n' });
  const image = await shop.build();
  expect(await listing(image)).toEqual([['-644 0:0 data/b']]);
  expect(await listing(await shop.build({}, base))).toEqual([['-644 0:0 data/b']]);
});

test.for([
  ['rewritten', [{ created_by: 'squashed' }]],
  ['removed', []],
] as const)('doesn’t inherit facts from a base whose history was %s', async ([, history]) => {
  await using shop = await project('FROM node:20\nCOPY a /data/\n', { a: '' });
  const ours = { registry: 'docker.io', repository: 'me/base' };
  const { image } = await shop.build();
  await shop.registry.push(image, ours);
  await shop.write({ Dockerfile: 'FROM me/base\nCOPY a /other\n' });
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.registry.push(imageOf({ ...image.config, history }, image.layers), ours);
  await shop.write({ Dockerfile: 'FROM me/base\nCOPY a /data/b\n' });
  expect(await listing(await shop.build({}, previous))).toEqual([['-644 0:0 data/b']]);
});

test('a process type’s image differs only in its command, and the next build treats it as the same', async () => {
  await using shop = await project(app, appFiles);
  const { image } = await shop.build({ revision: 'one' });
  const worker = imageForProcess(image, ['node', 'worker.js']);
  expect(worker.config).toEqual({ ...image.config, config: { ...image.config.config, Cmd: ['node', 'worker.js'] } });
  expect(worker.imageId).not.toBe(image.imageId);
  expect(imageForProcess(image, undefined)).toBe(image);
  const previous = await shop.registry.push(worker);
  const again = await shop.build({ revision: 'two' }, previous);
  expect(imageForProcess(again.image, ['node', 'worker.js']).imageId).toBe(worker.imageId);
});

test('the source digest covers the base, the layers and the configuration, but not the revision', async () => {
  const digestOf = async (dockerfile: string, files: Record<string, Content>, request: Partial<BuildRequest> = {}) => {
    await using shop = await project(dockerfile, files);
    return (await shop.build(request)).sourceDigest;
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

test('the source digest covers files of the base that nothing copies or looks up', async () => {
  const digestOn = async (layer: Readonly<Record<string, string>>) => {
    await using shop = await project('FROM base:1\nCOPY a /a\n', { a: '1' });
    await shop.registry.putBase('docker.io/library/base:1', [layer]);
    return (await shop.build()).sourceDigest;
  };
  const one = await digestOn({ 'usr/lib/libssl.so': 'old' });
  expect(await digestOn({ 'usr/lib/libssl.so': 'old' })).toBe(one);
  expect(await digestOn({ 'usr/lib/libssl.so': 'new' })).not.toBe(one);
});

test('rejects a layer that depends on the source digest', async () => {
  await using shop = await project('FROM node:20\nARG SOURCE_DIGEST\nCOPY a /a-$SOURCE_DIGEST\n', { a: '' });
  await expectCode(shop.build(), 'DOCKERFILE_INVALID', 'Dockerfile line 3: SOURCE_DIGEST');
});

test('uses the Dockerfile’s own revision, and keeps it while nothing else changes', async () => {
  await using shop = await project('FROM node:20\nARG C\nLABEL org.opencontainers.image.revision=$C\nCOPY a /\n', {
    a: '1',
  });
  const first = await shop.build({ buildArgs: { C: 'one' }, revision: 'x' });
  expect(first.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'one' });
  const previous = await shop.registry.push(first.image);
  expect((await shop.build({ buildArgs: { C: 'two' } }, previous)).image.imageId).toBe(first.image.imageId);
});

test.each([
  ['COPY', 'COPY a /x'],
  ['COPY --from', 'COPY --from=tools:1 /opt/b /x'],
])(
  'can make a reused layer of %s again, without the registry it was in (fault 132, registry-pusher)',
  async (_, copy) => {
    await using shop = await project(`FROM node:20\n${copy}\n`, { a: 'a' });
    await shop.registry.putBase('docker.io/library/tools:1', [{ 'opt/b': 'b' }]);
    const previous = await shop.registry.push((await shop.build()).image);
    const built = await shop.build({}, previous);
    const layer = built.image.layers.at(-1)!;
    expect(built.layers).toMatchObject([{ reused: true }]);
    expect(await (layer as StoredLayer).remake!()).toMatchObject({ kind: 'blob', diffId: layer.diffId });
  },
);
