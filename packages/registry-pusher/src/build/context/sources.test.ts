import { expect, test } from 'vitest';
import { expectCode } from '../../testing/expect-code.ts';
import { type Content, createDirectory } from '../../testing/directory.ts';
import { BuildContext } from './build-context.ts';
import { findSources } from './sources.ts';

async function contextOf(files: Record<string, Content>) {
  const directory = await createDirectory(files);
  const context = await BuildContext.open(directory.path, directory.file('Dockerfile'));
  return {
    ...directory,
    find: async (source: string) =>
      (await findSources(context, source, 3)).map(({ item, name }) => `${item.kind} ${item.path} as ${name}`),
  };
}

test('finds files and directories relative to the context’s root', async () => {
  await using directory = await contextOf({ 'a/b.js': '', 'c d': '' });
  expect(await directory.find('a/b.js')).toEqual(['file a/b.js as b.js']);
  expect(await directory.find('/a/')).toEqual(['directory a as a']);
  expect(await directory.find('./x/../a')).toEqual(['directory a as a']);
  expect(await directory.find('.')).toEqual(['directory  as ']);
  expect(await directory.find('c d')).toEqual(['file c d as c d']);
});

test('matches patterns part by part, and never ignored files', async () => {
  await using directory = await contextOf({
    'package.json': '',
    'package-lock.json': '',
    'a/package.json': '',
    'b/x/package.json': '',
    'c.md': '',
    '.dockerignore': '*.md',
  });
  expect(await directory.find('package*.json')).toEqual([
    'file package-lock.json as package-lock.json',
    'file package.json as package.json',
  ]);
  expect(await directory.find('*/package.json')).toEqual(['file a/package.json as package.json']);
  expect(await directory.find('[ab]')).toEqual(['directory a as a', 'directory b as b']);
  expect(await directory.find('*.md')).toEqual([]);
  expect(await directory.find('nothing*')).toEqual([]);
});

test('an escaped wildcard is a literal character', async () => {
  await using directory = await contextOf({ 'a*b': '', axb: '' });
  expect(await directory.find('a\\*b')).toEqual(['file a*b as a*b']);
  expect(await directory.find('a[*]b')).toEqual(['file a*b as a*b']);
});

test('follows a link inside the context and keeps its name (fault 46, registry-pusher)', async () => {
  await using directory = await contextOf({
    'a/b.js': '',
    to: { link: 'a/b.js' },
    up: { link: './a/../a' },
    'x/y': { link: '../up' },
  });
  expect(await directory.find('to')).toEqual(['file a/b.js as to']);
  expect(await directory.find('x/y/b.js')).toEqual(['file a/b.js as b.js']);
  expect(await directory.find('t*')).toEqual(['file a/b.js as to']);
});

test.each([
  ['../x', 'reads only from the build context'],
  ['a/../../x', 'reads only from the build context'],
  ['out', 'leads out of the build context'],
  ['abs', 'leads to /etc/hostname'],
  ['loop', 'is circular'],
])('rejects the source %s (fault 46, registry-pusher)', async (source, why) => {
  await using directory = await contextOf({
    a: null,
    out: { link: '../out' },
    abs: { link: '/etc/hostname' },
    loop: { link: 'loop' },
  });
  await expectCode(directory.find(source), 'COPY_SOURCE_OUTSIDE', 'Dockerfile line 3', `"${source}"`, why);
});

test('suggests similar names for a missing source', async () => {
  await using directory = await contextOf({ 'dist/main.js': '', 'package.json': '' });
  await expectCode(directory.find('packge.json'), 'COPY_SOURCE_MISSING', 'line 3', 'Did you mean package.json?');
  await expectCode(directory.find('dist/Main.js'), 'COPY_SOURCE_MISSING', 'Did you mean dist/main.js?');
  await expectCode(directory.find('build'), 'COPY_SOURCE_MISSING', 'Build it first');
});

test('says why a source is left out', async () => {
  await using directory = await contextOf({
    '.env': '',
    'a.md': '',
    '.dockerignore': '*.md\nto',
    gone: { link: 'nowhere' },
    to: { link: 'b' },
    b: '',
  });
  await expectCode(
    directory.find('.env'),
    'COPY_SOURCE_MISSING',
    'environment variables',
    'add !.env to .dockerignore',
  );
  await expectCode(directory.find('a.md'), 'COPY_SOURCE_MISSING', '.dockerignore excludes it');
  await expectCode(directory.find('to'), 'COPY_SOURCE_MISSING', '.dockerignore excludes it');
  await expectCode(directory.find('gone'), 'COPY_SOURCE_MISSING', 'gone');
});

test('rejects an invalid pattern with its line', async () => {
  await using directory = await contextOf({ a: '' });
  await expectCode(directory.find('a[*'), 'DOCKERFILE_INVALID', 'Dockerfile line 3: "a[*" isn\'t a valid pattern');
});
