import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { type Content, createDirectory, withoutPrivileges } from '../../testing/directory.ts';
import { hashFiles } from './hash-files.ts';
import { SecretScan, type SecretValue } from '../../files/secrets.ts';

async function hash(
  contents: Record<string, Content>,
  options: { secrets?: SecretValue[]; mode?: number; signal?: AbortSignal } = {},
) {
  await using directory = await createDirectory(contents);
  const { secrets = [], mode, signal } = options;
  const files = Object.keys(contents).map((name) => ({
    type: 'file' as const,
    path: `/${name}`,
    absolute: directory.file(name),
    contextPath: name,
    uid: 0,
    gid: 0,
    ...(mode === undefined ? {} : { mode }),
  }));
  return await hashFiles(files, { secrets, signal });
}

test('returns a file’s size and digest, and its mode from the owner’s execute bit only', async () => {
  const hashed = await hash({
    a: { text: 'hello', mode: 0o677 },
    b: { text: '', mode: 0o4711 },
    c: 'x'.repeat(3_000_000),
  });
  expect(hashed.map(({ entry }) => [entry.size, entry.mode, entry.digest])).toEqual([
    [5, 0o644, digestOf('hello')],
    [0, 0o755, digestOf('')],
    [3_000_000, 0o644, digestOf('x'.repeat(3_000_000))],
  ]);
});

test('--chmod overrides the file’s own bits', async () => {
  expect((await hash({ a: { text: '', mode: 0o755 } }, { mode: 0o4750 }))[0]!.entry.mode).toBe(0o4750);
});

test('rejects a file with a secret, and names the file but not the value (fault 55, registry-pusher)', async () => {
  const secret = 'correct-horse-battery';
  const error = await hash(
    { a: 'fine', 'config.json': `{"key":"${secret}"}` },
    { secrets: ['12345678', secret] },
  ).catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({
    code: 'FILE_REFUSED',
    message: expect.stringContaining('config.json contains') as string,
  });
  expect(inspect(error)).not.toContain(secret);
});

test('finds a secret anywhere in a large file', async () => {
  const secret = 'correct-horse';
  for (const at of [0, 1024 * 1024 - 5, 1024 * 1024, 2 * 1024 * 1024 - 13])
    await expectCode(
      hash({ a: `${'x'.repeat(at)}${secret}${'y'.repeat(100)}` }, { secrets: [secret] }),
      'FILE_REFUSED',
    );
});

test('ignores values under 8 characters', async () => {
  expect(await hash({ a: 'tozo1234567' }, { secrets: ['tozo', '', '1234567'] })).toHaveLength(1);
  await expectCode(hash({ a: 'tozo1234567' }, { secrets: ['o1234567'] }), 'FILE_REFUSED');
});

test('names a secret that has a name, and what to do', async () => {
  const secrets = [{ name: 'SESSION_SECRET', value: 'tozo1234567', remedy: 'Read it at run time.' }];
  await expect(hash({ 'dist/app.js': 'const key = "tozo1234567";' }, { secrets })).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message:
      'dist/app.js contains the value of SESSION_SECRET. Anyone who can pull the image could read it. Read it at run time.',
  });
});

test('finds a secret across any chunks, and no others', () => {
  const chunks = fc.array(fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b') }), { maxLength: 30 });
  const secret = fc.string({ minLength: 8, maxLength: 10, unit: fc.constantFrom('a', 'b') });
  fc.assert(
    fc.property(chunks, secret, (parts, value) => {
      const scan = new SecretScan([value]);
      scan.start();
      const found = parts.map((part) => scan.findSecret(Buffer.from(part))).includes(value);
      expect(found).toBe(parts.join('').includes(value));
    }),
  );
});

test('doesn’t match a secret across two files', () => {
  const scan = new SecretScan(['abcdefgh']);
  scan.start();
  expect(scan.findSecret(Buffer.from('abcd'))).toBeUndefined();
  scan.start();
  expect(scan.findSecret(Buffer.from('efgh'))).toBeUndefined();
});

test('names an unreadable file (fault 45, registry-pusher)', async () => {
  await using directory = await createDirectory({ a: '' });
  await chmod(directory.path, 0o755);
  await chmod(directory.file('a'), 0);
  const file = { type: 'file', path: '/a', absolute: directory.file('a'), contextPath: 'a', uid: 0, gid: 0 } as const;
  using _ = withoutPrivileges();
  await expectCode(hashFiles([file], { secrets: [] }), 'FILE_UNREADABLE', "a can't be read (EACCES)");
});

test('a file replaced by a link or a pipe fails as changed, without following or blocking (faults 44, 48, registry-pusher)', async () => {
  await using directory = await createDirectory({ target: 'x', link: { link: 'target' } });
  execFileSync('mkfifo', [directory.file('pipe')]);
  for (const name of ['link', 'pipe', 'gone']) {
    const file = {
      type: 'file',
      path: '/a',
      absolute: directory.file(name),
      contextPath: 'a',
      uid: 0,
      gid: 0,
    } as const;
    await expectCode(hashFiles([file], { secrets: [] }), 'FILE_CHANGED', 'a changed during');
  }
});

test('stops when aborted', async () => {
  await expectCode(hash({ a: 'x' }, { signal: AbortSignal.abort() }), 'ABORTED');
});
