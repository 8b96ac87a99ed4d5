import { expect, test } from 'vitest';
import { createDirectory } from '../../testing/directory.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { listing } from '../../testing/layer-files.ts';
import { project } from '../../testing/project.ts';
import { chooseBuilder } from '../choose.ts';
import { contextDigest } from './check-context.ts';

const staged = `FROM node:20 AS builder
RUN npm run build
FROM node:20
COPY --from=builder /dist ./dist/
COPY main.js ./
`;

test('a directory replaces a stage that runs something', async () => {
  await using dist = await createDirectory({ 'dist/a.js': 'a', 'dist/secret.map': 'x', '.dockerignore': '**/*.map\n' });
  await using shop = await project(staged, { 'main.js': 'main' });
  const buildContexts = { Builder: dist.path };

  expect(chooseBuilder(staged)).toMatchObject({ builder: 'docker' });
  expect(chooseBuilder(staged, { buildContexts })).toEqual({ builder: 'direct' });
  const built = await shop.build({ buildContexts });
  const plain = await shop.build({ buildContexts });

  expect((await listing(built)).flat().join(' ')).toContain('dist/a.js');
  expect((await listing(built)).flat().join(' ')).not.toContain('secret.map');
  expect(plain.image.imageId).toBe(built.image.imageId);
});

test('its files are told from those of the main context, and are part of the digest', async () => {
  await using other = await createDirectory({ 'main.js': 'of the stage' });
  const dockerfile =
    'FROM node:20 AS builder\nRUN x\nFROM node:20\nCOPY main.js /a/\nCOPY --from=builder main.js /b/\n';
  await using shop = await project(dockerfile, { 'main.js': 'of the project' });
  const request = {
    context: shop.path,
    dockerfile: shop.file('Dockerfile'),
    buildContexts: { builder: other.path },
  };

  const before = await contextDigest(request);
  const built = await shop.build(request);
  const [first, second] = built.layers;
  expect(first!.diffId).not.toBe(second!.diffId);
  await other.write({ 'main.js': 'changed' });

  expect(await contextDigest(request)).not.toBe(before);
  const changed = await shop.build(request);
  expect(changed.layers.map(({ diffId }, at) => diffId === built.layers[at]!.diffId)).toEqual([true, false]);
});

test.each([
  ['a name that nothing uses', staged, { bulider: '.' }, 'no COPY --from=bulider uses'],
  [
    'a base',
    'FROM node:20 AS builder\nRUN x\nFROM builder\nCOPY --from=builder /a /a\n',
    { builder: '.' },
    'is a directory',
  ],
])('refuses %s as a build context', async (_, dockerfile, names, text) => {
  await using shop = await project(dockerfile, { 'main.js': 'main' });
  const buildContexts = Object.fromEntries(Object.keys(names).map((name) => [name, shop.path]));

  await expectCode(shop.build({ buildContexts }), 'DOCKERFILE_INVALID', text);
});

test("names a directory that doesn't exist, and a file that a COPY misses in it", async () => {
  await using shop = await project(staged, { 'main.js': 'main' });

  await expectCode(shop.build({ buildContexts: { builder: '/none/here' } }), 'CONTEXT_INVALID', '/none/here');
  await expectCode(shop.build({ buildContexts: { builder: shop.path } }), 'COPY_SOURCE_MISSING', 'dist');
});
