import { link } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { tarLayer } from '../../testing/tar-layer.ts';
import { expectCode } from '../../testing/expect-code.ts';
import type { Content } from '../../testing/directory.ts';
import { listing } from '../../testing/layer-files.ts';
import { layersOf, project } from '../../testing/project.ts';

test('adds no entries for directories of the base', async () => {
  expect(await layersOf('FROM node:20\nCOPY a /tmp/\nCOPY a /home/node/x/\nCOPY a /var/run/b\n', { a: '' })).toEqual([
    ['-644 0:0 tmp/a'],
    ['d755 0:0 home/node/x/', '-644 0:0 home/node/x/a'],
    ['-644 0:0 run/b'],
  ]);
});

test('created directories have the owner of the files, WORKDIR’s the user', async () => {
  expect(
    await layersOf('FROM node:20\nUSER node:staff\nWORKDIR /a/b\nCOPY --chown=7 a /c/d/\nCOPY a .\n', { a: '' }),
  ).toEqual([
    ['d755 1000:50 a/', 'd755 1000:50 a/b/'],
    ['d755 7:7 c/', 'd755 7:7 c/d/', '-644 7:7 c/d/a'],
    ['-644 0:0 a/b/a'],
  ]);
});

test('WORKDIR and COPY of existing directories create no layer', async () => {
  await using shop = await project('FROM node:20\nWORKDIR /app-of-base\nCOPY empty .\n', { empty: null });
  const { image, layers } = await shop.build();
  expect(layers).toEqual([]);
  expect(image.layers).toHaveLength(1);
  expect(image.config.history!.slice(1).map(({ empty_layer }) => empty_layer)).toEqual([true, true]);
});

test('remembers facts from an instruction without a layer', async () => {
  await using shop = await project('FROM node:20\nWORKDIR /app-of-base\nCOPY a ./\n', { a: '' });
  const previous = await shop.registry.push((await shop.build()).image);
  await shop.build({}, previous);
  expect(shop.registry.blobsRead).toBe(1);
});

test('copies a directory’s content, including empty directories and files (fault 50, registry-pusher)', async () => {
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

test('a copied directory overrides an existing one’s mode; a file replaces a link', async () => {
  expect(
    await layersOf('FROM node:20\nCOPY rootfs /\n', { 'rootfs/tmp/x': '', 'rootfs/usr/bin/node': 'mine' }),
  ).toEqual([['d755 0:0 tmp/', '-644 0:0 tmp/x', 'd755 0:0 usr/', 'd755 0:0 usr/bin/', '-644 0:0 usr/bin/node']]);
});

test.each([
  ['COPY d /', { 'd/usr/bin': 'a file' }, 'a file where the image has a directory: /usr/bin'],
  ['COPY d /', { 'd/var/run/x': '' }, 'a directory where the image has a link: /var/run'],
  ['COPY a /usr/bin/node/', { a: '' }, '/usr/bin/node is a file in the image'],
  ['WORKDIR /usr/bin/node/x', {}, '/usr/bin/node is a file in the image'],
  ['COPY a b /c', { a: '', b: '' }, 'Add a slash: /c/'],
  ['COPY * /c', { a: '', b: '' }, 'Add a slash: /c/'],
  ['COPY --chown=nobody a /c', { a: '' }, 'no user nobody in the image’s /etc/passwd'],
])('rejects %s, which Docker can’t build either', async (line, files: Record<string, Content>, what) => {
  await using shop = await project(`FROM node:20\n${line}\n`, files);
  await expectCode(shop.build(), 'DOCKERFILE_INVALID', what.replace('’', "'"));
});

test.each([
  ['COPY --link a /var/run/x', 'its destination contains a symlink of the base'],
  ['COPY passwd /etc/passwd\nCOPY --chown=node a /b', 'replaces /etc/passwd'],
  ['ADD packed /b', "doesn't extract archives"],
  ['ADD plain /b', "doesn't extract archives"],
])('leaves %s to Docker', async (lines, why) => {
  await using shop = await project(`FROM node:20\n${lines}\n`, {
    a: '',
    passwd: '',
    packed: Buffer.from('1f8b08', 'hex'),
    plain: await tarLayer({ a: 'an archive without a telling name' }),
  });
  await expectCode(shop.build(), 'INSTRUCTION_UNSUPPORTED', why, '--builder docker');
});

test('stores links as links and warns about links that point outside (fault 46, registry-pusher)', async () => {
  await using shop = await project('FROM scratch\nCOPY d /d/\n', {
    'd/in': { link: 'a' },
    'd/gone': { link: 'nowhere' },
    'd/out': { link: '../../secret' },
    'd/abs': { link: '/etc/passwd' },
    'd/loop': { link: 'loop' },
    'd/a': '',
  });
  const built = await shop.build();
  expect(await listing(built)).toEqual([
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
  expect(built.warnings).toEqual([
    expect.stringContaining('d/abs links to /etc/passwd'),
    expect.stringContaining('d/out'),
    expect.stringContaining('line 2: 4 links lead nowhere'),
  ]);
});

test('hard links become separate files (fault 47, registry-pusher)', async () => {
  await using shop = await project('FROM scratch\nCOPY d /d/\n', { 'd/a': 'same' });
  await link(shop.file('d/a'), shop.file('d/b'));
  const linked = await shop.build();
  expect(linked.layers[0]).toMatchObject({ files: 2, size: 8 });
  await using copied = await project('FROM scratch\nCOPY d /d/\n', { 'd/a': 'same', 'd/b': 'same' });
  expect((await copied.build()).layers[0]!.diffId).toBe(linked.layers[0]!.diffId);
});

test('ignores set-user-ID bits and other permissions of the checkout (fault 49, registry-pusher)', async () => {
  expect(
    await layersOf('FROM scratch\nCOPY d /d/\n', {
      'd/a': { text: '', mode: 0o6755 },
      'd/b': { text: '', mode: 0o1666 },
    }),
  ).toEqual([['d755 0:0 d/', '-755 0:0 d/a', '-644 0:0 d/b']]);
});

test('keeps names that differ only in case, with a warning (fault 51, registry-pusher)', async () => {
  await using shop = await project('FROM scratch\nCOPY d /d/\n', { 'd/README': '', 'd/readme': '' });
  const built = await shop.build();
  expect((await listing(built))[0]).toHaveLength(3);
  expect(built.warnings).toEqual(['/d/README and /d/readme differ only in case. Both go into the image.']);
});

test('no entry points outside the image, for any destination (fault 52, registry-pusher)', async () => {
  expect(await layersOf('FROM scratch\nWORKDIR /a\nCOPY x ../../../b/\nCOPY x C:\\\\y\n', { x: '' })).toEqual([
    ['d755 0:0 a/'],
    ['d755 0:0 b/', '-644 0:0 b/x'],
    ['-644 0:0 a/C:\\y'],
  ]);
});
