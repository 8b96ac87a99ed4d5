import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expectCode } from '../../testing/expect-code.ts';
import { type Content, folderOf, withoutPrivileges } from '../../testing/folder.ts';
import { BuildContext } from './build-context.ts';

async function contextOf(files: Record<string, Content>) {
  const folder = await folderOf(files);
  return { ...folder, context: await BuildContext.open(folder.path, folder.file('Dockerfile')) };
}

async function paths(context: BuildContext): Promise<string[]> {
  const { item } = (await context.look(''))!;
  const found: string[] = [];
  for (const { path, kind } of await context.walk(item)) found.push(kind === 'folder' ? `${path}/` : path);
  return found;
}

test('walks everything that is not ignored, each folder before what is in it', async () => {
  await using folder = await contextOf({
    'b.js': '',
    'a/c/d.js': '',
    'a.md': '',
    '.dockerignore': '*.md',
    empty: null,
  });
  expect(await paths(folder.context)).toEqual(['.dockerignore', 'a/', 'a/c/', 'a/c/d.js', 'b.js', 'empty/']);
});

test('an ignored folder comes along when something inside is taken in again', async () => {
  await using folder = await contextOf({ 'a/b/c.js': '', 'a/d.js': '', 'z/y.js': '', '.dockerignore': '*\n!a/b\n' });
  expect(await paths(folder.context)).toEqual(['a/', 'a/b/', 'a/b/c.js']);
});

test('the Dockerfile’s own ignore file is read instead of the context’s', async () => {
  await using folder = await contextOf({
    a: '',
    b: '',
    '.dockerignore': 'a',
    'Dockerfile.dockerignore': 'b\nDocker*\n.*',
  });
  expect(await paths(folder.context)).toEqual(['a']);
});

test('files that may hold secrets are left out by default, wherever they lie (fault 54)', async () => {
  const keys = ['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'];
  const sensitive = ['.git/HEAD', '.env', '.env.production', '.npmrc', '.netrc', ...keys];
  await using folder = await contextOf({
    ...Object.fromEntries(sensitive.flatMap((name) => [name, `packages/a/${name}`]).map((path) => [path, ''])),
    'keys/id_ed25519.pub': '',
    'main.js': '',
  });
  expect(await paths(folder.context)).toEqual(['keys/', 'keys/id_ed25519.pub', 'main.js', 'packages/', 'packages/a/']);
  expect(folder.context.sensitiveIncluded.size).toBe(0);
});

test('they are taken in only when a ! names them, and then noted (fault 54)', async () => {
  const files = { '.env': '', 'src/.env': '', 'src/a.js': '', '.git/HEAD': '', '.git/config': '' };
  const takenIn = async (ignoreFile: string) => {
    await using folder = await contextOf({ ...files, '.dockerignore': ignoreFile });
    const found = (await paths(folder.context)).filter((path) => path !== '.dockerignore');
    return { found, noted: [...folder.context.sensitiveIncluded.keys()] };
  };
  expect(await takenIn('*\n!src\n!*')).toEqual({ found: ['src/', 'src/a.js'], noted: [] });
  expect(await takenIn('*\n!src\n!.env')).toEqual({ found: ['.env', 'src/', 'src/a.js'], noted: ['.env'] });
  expect(await takenIn('src\n!**/.env*')).toEqual({ found: ['.env', 'src/', 'src/.env'], noted: ['.env', 'src/.env'] });
  expect(await takenIn('*\n!.git/HEAD')).toEqual({ found: ['.git/', '.git/HEAD'], noted: ['.git'] });
  expect(await takenIn('*\n!.env\n.env')).toEqual({ found: [], noted: [] });
});

test('links are told from files and folders, and never followed (fault 46)', async () => {
  await using folder = await contextOf({
    'a/b': '',
    to: { link: 'a' },
    gone: { link: 'nowhere' },
    loop: { link: 'loop' },
  });
  expect(await paths(folder.context)).toEqual(['a/', 'a/b', 'gone', 'loop', 'to']);
  for (const link of ['gone', 'loop', 'to']) expect((await folder.context.look(link))?.item.kind).toBe('link');
});

test('a pipe is refused by name, without waiting for it (fault 48)', async () => {
  await using folder = await contextOf({ 'a/b': '' });
  execFileSync('mkfifo', [folder.file('a/pipe')]);
  await expectCode(paths(folder.context), 'FILE_REFUSED', 'a/pipe');
});

test('a socket is refused by name, unless it is ignored (fault 48)', async () => {
  await using folder = await contextOf({ a: '' });
  const server = createServer().listen(folder.file('socket'));
  await once(server, 'listening');
  await expectCode(paths(folder.context), 'FILE_REFUSED', 'socket');
  await folder.write({ '.dockerignore': 'socket' });
  expect(await paths(await BuildContext.open(folder.path, 'Dockerfile'))).toEqual(['.dockerignore', 'a']);
  server.close();
});

test('a folder that may not be read is named, and not taken for an empty one (fault 45)', async () => {
  await using folder = await contextOf({ 'a/b': '' });
  await chmod(folder.path, 0o755);
  await chmod(folder.file('a'), 0);
  using _ = withoutPrivileges();
  await expectCode(paths(folder.context), 'FILE_UNREADABLE', 'a cannot be read (EACCES)');
});

test('a name that is not UTF-8 is refused with its name (fault 40)', async () => {
  await using folder = await contextOf({ 'a/b': '' });
  writeFileSync(Buffer.concat([Buffer.from(`${folder.file('a')}/caf`), Buffer.from([0xe9])]), '');
  await expectCode(paths(folder.context), 'FILE_REFUSED', '"café"', 'not UTF-8');
});

test('a name that holds the replacement character itself is UTF-8', async () => {
  await using folder = await contextOf({ 'a\uFFFDb': '' });
  expect(await paths(folder.context)).toEqual(['a\uFFFDb']);
});

test('a context that is not there is an error that names it', async () => {
  await expectCode(BuildContext.open('/nowhere/at/all', '/nowhere/Dockerfile'), 'CONTEXT_INVALID', '/nowhere/at/all');
});
