import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { imageForProcess } from '../../image/for-process.ts';
import { imageOf } from '../../image/image.ts';
import { expectCode } from '../../testing/expect-code.ts';
import type { Content } from '../../testing/folder.ts';
import { listing } from '../../testing/layer-files.ts';
import { app, appFiles, debian, project } from '../../testing/project.ts';
import type { BuildRequest } from '../builder.ts';

test('with the previous image nothing changed is the same image: no layer is made, and none of the base is read', async () => {
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

test('a changed file makes its own layer anew, under the new revision', async () => {
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

test('a link that leads elsewhere makes its layer anew', async () => {
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
])('a layer out of another image is used again for itself, and not for %s', async (other) => {
  await using shop = await project('FROM node:20\nCOPY --from=tools:1 --chown=7:7 /opt/a /x\n');
  await shop.registry.putBase('docker.io/library/tools:1', [{ 'opt/a': 'a', 'opt/b': 'b' }]);
  const previous = await shop.registry.push((await shop.build()).image);
  expect((await shop.build({}, previous)).layers.map(({ reused }) => reused)).toEqual([true]);
  await shop.write({ Dockerfile: `FROM node:20\n${other}\n` });
  const warm = await shop.build({}, previous);
  expect(warm.layers.map(({ reused }) => reused)).toEqual([false]);
  expect(warm.image.imageId).toBe((await shop.build()).image.imageId);
});

test('below an entry of another tool nothing is used again: it may have made more layers than entries', async () => {
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

test('a changed configuration reuses every layer, and is another image', async () => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.write({ Dockerfile: app.replace('NODE_ENV=production', 'NODE_ENV=staging') });
  const second = await shop.build({}, previous);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).not.toBe(previous.imageId);
});

test('the same layers on a changed base are used again, once the new base was looked at', async () => {
  await using shop = await project(app, appFiles);
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.registry.putBase('docker.io/library/node:20', [debian, { 'usr/lib/patched': '' }]);
  const second = await shop.build({}, previous);
  expect(shop.registry.blobsRead).toBe(1 + 2);
  expect(second.layers.every(({ reused }) => reused)).toBe(true);
  expect(second.image.imageId).not.toBe(previous.imageId);
});

test('what is remembered of one base is not believed of another', async () => {
  await using shop = await project('FROM node:20\nCOPY a /data/\n', { a: '' });
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.registry.putBase('docker.io/library/node:20', [{ ...debian, 'data/': '' }]);
  expect(await listing(await shop.build({}, previous))).toEqual([['-644 0:0 data/a']]);
});

test('nor of an image that another stage stands on', async () => {
  await using shop = await project('FROM node:20\nCOPY --chown=node a /x\n', { a: '' });
  await shop.registry.putBase('docker.io/library/tools:1', [{ 'etc/passwd': 'node:x:5:5::/:/bin/sh\n' }]);
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.write({
    Dockerfile: 'FROM tools:1 AS other\nCOPY --chown=node a /x\nFROM node:20\nCOPY --from=other /x /y\n',
  });
  expect(await listing(await shop.build({}, previous))).toEqual([['-644 5:5 y']]);
});

test('a base of our own does not lend its memories of its base', async () => {
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
  ['left out', []],
] as const)('nor does one whose history was %s since', async ([, history]) => {
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

test('a process type’s image differs by its command alone, and is no other image for the next build', async () => {
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

test('the source digest tells the base, the layers and the configuration, and no revision', async () => {
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

test('no layer can depend on the source digest', async () => {
  await using shop = await project('FROM node:20\nARG SOURCE_DIGEST\nCOPY a /a-$SOURCE_DIGEST\n', { a: '' });
  await expectCode(shop.build(), 'DOCKERFILE_INVALID', 'Dockerfile line 3: SOURCE_DIGEST');
});

test('the revision that a Dockerfile sets itself counts, and is kept as long as nothing else changes', async () => {
  await using shop = await project('FROM node:20\nARG C\nLABEL org.opencontainers.image.revision=$C\nCOPY a /\n', {
    a: '1',
  });
  const first = await shop.build({ buildArgs: { C: 'one' }, revision: 'x' });
  expect(first.image.config.config?.Labels).toEqual({ 'org.opencontainers.image.revision': 'one' });
  const previous = await shop.registry.push(first.image);
  expect((await shop.build({ buildArgs: { C: 'two' } }, previous)).image.imageId).toBe(first.image.imageId);
});
