import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expectCode } from '../../testing/expect-code.ts';
import { type Content, createDirectory, withoutPrivileges } from '../../testing/directory.ts';
import { BuildContext } from './build-context.ts';

async function contextOf(files: Record<string, Content>) {
  const directory = await createDirectory(files);
  return { ...directory, context: await BuildContext.open(directory.path, directory.file('Dockerfile')) };
}

async function paths(context: BuildContext): Promise<string[]> {
  const { item } = (await context.lookup(''))!;
  const found: string[] = [];
  for (const { path, kind } of await context.walk(item)) found.push(kind === 'directory' ? `${path}/` : path);
  return found;
}

test('walks everything that isn’t ignored, each directory before its items', async () => {
  await using directory = await contextOf({
    'b.js': '',
    'a/c/d.js': '',
    'a.md': '',
    '.dockerignore': '*.md',
    empty: null,
  });
  expect(await paths(directory.context)).toEqual(['.dockerignore', 'a/', 'a/c/', 'a/c/d.js', 'b.js', 'empty/']);
});

test('includes an ignored directory when something inside is included', async () => {
  await using directory = await contextOf({ 'a/b/c.js': '', 'a/d.js': '', 'z/y.js': '', '.dockerignore': '*\n!a/b\n' });
  expect(await paths(directory.context)).toEqual(['a/', 'a/b/', 'a/b/c.js']);
});

test('reads the Dockerfile’s own ignore file instead of the context’s', async () => {
  await using directory = await contextOf({
    a: '',
    b: '',
    '.dockerignore': 'a',
    'Dockerfile.dockerignore': 'b\nDocker*\n.*',
  });
  expect(await paths(directory.context)).toEqual(['a']);
});

test('leaves out files that may contain secrets, in any directory (fault 54, registry-pusher)', async () => {
  const keys = ['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'];
  const sensitive = ['.git/HEAD', '.env', '.env.production', '.npmrc', '.netrc', ...keys];
  await using directory = await contextOf({
    ...Object.fromEntries(sensitive.flatMap((name) => [name, `packages/a/${name}`]).map((path) => [path, ''])),
    'keys/id_ed25519.pub': '',
    'main.js': '',
  });
  expect(await paths(directory.context)).toEqual([
    'keys/',
    'keys/id_ed25519.pub',
    'main.js',
    'packages/',
    'packages/a/',
  ]);
  expect(directory.context.sensitiveIncluded.size).toBe(0);
});

test('includes them only when a ! names them, and notes it (fault 54, registry-pusher)', async () => {
  const files = { '.env': '', 'src/.env': '', 'src/a.js': '', '.git/HEAD': '', '.git/config': '' };
  const included = async (ignoreFile: string) => {
    await using directory = await contextOf({ ...files, '.dockerignore': ignoreFile });
    const found = (await paths(directory.context)).filter((path) => path !== '.dockerignore');
    return { found, noted: [...directory.context.sensitiveIncluded.keys()] };
  };
  expect(await included('*\n!src\n!*')).toEqual({ found: ['src/', 'src/a.js'], noted: [] });
  expect(await included('*\n!src\n!.env')).toEqual({ found: ['.env', 'src/', 'src/a.js'], noted: ['.env'] });
  expect(await included('src\n!**/.env*')).toEqual({
    found: ['.env', 'src/', 'src/.env'],
    noted: ['.env', 'src/.env'],
  });
  expect(await included('*\n!.git/HEAD')).toEqual({ found: ['.git/', '.git/HEAD'], noted: ['.git'] });
  expect(await included('*\n!.env\n.env')).toEqual({ found: [], noted: [] });
});

test('recognizes links and never follows them (fault 46, registry-pusher)', async () => {
  await using directory = await contextOf({
    'a/b': '',
    to: { link: 'a' },
    gone: { link: 'nowhere' },
    loop: { link: 'loop' },
  });
  expect(await paths(directory.context)).toEqual(['a/', 'a/b', 'gone', 'loop', 'to']);
  for (const link of ['gone', 'loop', 'to']) expect((await directory.context.lookup(link))?.item.kind).toBe('link');
});

test('lists a pipe without waiting for it (fault 48, registry-pusher)', async () => {
  await using directory = await contextOf({ 'a/b': '' });
  execFileSync('mkfifo', [directory.file('a/pipe')]);
  expect(await paths(directory.context)).toEqual(['a/', 'a/b', 'a/pipe']);
  expect((await directory.context.lookup('a/pipe'))?.item.kind).toBe('special');
});

test('lists a socket unless it’s ignored (fault 48, registry-pusher)', async () => {
  await using directory = await contextOf({ a: '' });
  const server = createServer().listen(directory.file('socket'));
  await once(server, 'listening');
  expect(await paths(directory.context)).toEqual(['a', 'socket']);
  await directory.write({ '.dockerignore': 'socket' });
  expect(await paths(await BuildContext.open(directory.path, 'Dockerfile'))).toEqual(['.dockerignore', 'a']);
  server.close();
});

test('names an unreadable directory and doesn’t treat it as empty (fault 45, registry-pusher)', async () => {
  await using directory = await contextOf({ 'a/b': '' });
  await chmod(directory.path, 0o755);
  await chmod(directory.file('a'), 0);
  using _ = withoutPrivileges();
  await expectCode(paths(directory.context), 'FILE_UNREADABLE', "a can't be read (EACCES)");
});

test('rejects a name that isn’t UTF-8 (fault 40, registry-pusher)', async () => {
  await using directory = await contextOf({ 'a/b': '' });
  writeFileSync(Buffer.concat([Buffer.from(`${directory.file('a')}/caf`), Buffer.from([0xe9])]), '');
  await expectCode(paths(directory.context), 'FILE_REFUSED', '"café"', "isn't UTF-8");
});

test('accepts a name with the replacement character', async () => {
  await using directory = await contextOf({ 'a\uFFFDb': '' });
  expect(await paths(directory.context)).toEqual(['a\uFFFDb']);
});

test('names a missing context', async () => {
  await expectCode(BuildContext.open('/nowhere/at/all', '/nowhere/Dockerfile'), 'CONTEXT_INVALID', '/nowhere/at/all');
});
