import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { truncate, writeFile, appendFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { createDirectory } from '../../testing/directory.ts';
import { readFiles } from '../../testing/layer-files.ts';
import { type Entry, sortByPath } from './entry.ts';
import { hashFiles } from './hash-files.ts';
import { writeLayerTar } from './layer-tar.ts';

const root = { uid: 0, gid: 0 };
const tarBytes = (entries: readonly Entry[], mtime = 0) => buffer(writeLayerTar(entries, mtime));
const directory = (path: string): Entry => ({ type: 'directory', path, mode: 0o755, ...root });
const link = (path: string, target: string): Entry => ({ type: 'link', path, target, ...root });

const pythonReads = `
import sys, tarfile
with tarfile.open(fileobj=sys.stdin.buffer, mode='r|') as tar:
    for m in tar:
        content = tar.extractfile(m).read() if m.isfile() else b''
        sys.stdout.buffer.write('\\0'.join([m.name, m.linkname, oct(m.mode), str(m.uid), str(m.gid), str(m.mtime), content.hex()]).encode('utf8', 'surrogateescape') + b'\\0\\n')
`;
function readByPython(tar: Buffer): string[][] {
  const out = execFileSync('python3', ['-c', pythonReads], { input: tar, env: { ...process.env, PYTHONUTF8: '1' } });
  return out
    .toString('utf8')
    .split('\0\n')
    .slice(0, -1)
    .map((line) => line.split('\0'));
}
const namesByGnuTar = (tar: Buffer) =>
  execFileSync('tar', ['--quoting-style=literal', '--null', '-tf', '-'], {
    input: tar,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  })
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');

async function fileEntries(path: string, contents: Record<string, string>): Promise<Entry[]> {
  const files = Object.keys(contents).map((name) => ({
    type: 'file' as const,
    path: `/${name}`,
    absolute: `${path}/${name}`,
    contextPath: name,
    ...root,
  }));
  return (await hashFiles(files, { secrets: [] })).map(({ entry }) => entry);
}

test('GNU tar and Python read back names and link targets of every length (fault 39, registry-pusher)', async () => {
  const lengths = [1, 99, 100, 101, 155, 156, 157, 255, 256, 257, 1000, 4000];
  const deep = 'd'.repeat(50).concat('/').repeat(80);
  const borders = [
    `${'p'.repeat(155)}/${'n'.repeat(100)}`,
    `${'p'.repeat(156)}/${'n'.repeat(99)}`,
    `${'p'.repeat(20)}/${'n'.repeat(100)}`,
    `${'p'.repeat(20)}/${'n'.repeat(101)}`,
    // The length of a PAX record counts its own digits: these records are about 1,000 bytes long.
    ...[989, 990, 991, 992, 993].map((length) => 'n'.repeat(length)),
  ];
  const names = [...lengths.flatMap((length) => ['n'.repeat(length), `${deep.slice(0, length - 1)}e`]), ...borders];
  const entries = names.flatMap((name) => [directory(`/${name}`), link(`/${name}`, 't'.repeat(name.length))]);
  const tar = await tarBytes(entries);
  expect(readByPython(tar).map(([name, target]) => [name, target])).toEqual(
    names.flatMap((name) => [
      [name, ''],
      [name, 't'.repeat(name.length)],
    ]),
  );
  expect(namesByGnuTar(tar)).toEqual(names.flatMap((name) => [`${name}/`, name]));
});

test('keeps the bytes of names (faults 40, 41, registry-pusher)', async () => {
  const names = [
    'é',
    'e\u0301',
    '😀',
    'a\nb',
    'a=b',
    '-rf',
    'trailing ',
    ' leading',
    'back\\slash',
    'C:\\x',
    '"quoted"',
    '%s',
    '\x7f',
  ];
  const tar = await tarBytes(names.map((name) => link(`/${name}`, name)));
  expect(readByPython(tar).map(([name, target]) => [name, target])).toEqual(names.map((name) => [name, name]));
  expect((await readFiles(Readable.from([tar]))).map(({ name }) => name)).toEqual(names);
});

test('PAX records never change their bytes', async () => {
  const names = ['é', 'n'.repeat(100), 'n'.repeat(300), `${'p'.repeat(150)}/${'n'.repeat(90)}`];
  const tar = await tarBytes(
    names.flatMap((name) => [
      { ...directory(`/${name}`), uid: 2_097_152, gid: 2_097_153 },
      link(`/${name}`, 't'.repeat(101)),
    ]),
    1_700_000_000,
  );
  expect(digestOf(tar)).toBe('sha256:ae8bd02e2c636f05ed062cff77b2d412b97994b6252925f924e1cb3155bf556c');
});

test('owners beyond the limits of ustar are read back', async () => {
  const tar = await tarBytes(
    [
      { ...directory('/a'), uid: 2_097_151, gid: 2_097_152 },
      { ...directory('/b'), uid: 4_294_967_294 },
    ],
    8_589_934_591,
  );
  expect(readByPython(tar).map((fields) => fields.slice(3, 6))).toEqual([
    ['2097151', '2097152', '8589934591'],
    ['4294967294', '0', '8589934591'],
  ]);
});

test('contents around the block size are read back in full', async () => {
  const contents = Object.fromEntries(
    [0, 1, 511, 512, 513, 65_536, 300_000].map((size) => [`f${size}`, 'x'.repeat(size)]),
  );
  await using files = await createDirectory(contents);
  const tar = await tarBytes(await fileEntries(files.path, contents));
  expect(tar.length % 512).toBe(0);
  const read = await readFiles(Readable.from([tar]));
  expect(Object.fromEntries(read.map(({ name, content }) => [name, content]))).toEqual(contents);
});

test('any entries are read back unchanged', async () => {
  const name = fc
    .stringMatching(/^[^/\0]{1,60}$/u)
    .filter((part) => part !== '.' && part !== '..' && Buffer.from(part).toString() === part);
  const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => `/${parts.join('/')}`);
  const owner = fc.record({ uid: fc.nat(0xffff_fffe), gid: fc.nat(0xffff_fffe) });
  const entry = fc.oneof(
    fc
      .tuple(path, owner, fc.constantFrom(0o755, 0o700, 0o1777))
      .map(([at, who, mode]): Entry => ({ type: 'directory', path: at, mode, ...who })),
    fc.tuple(path, owner, path).map(([at, who, target]): Entry => ({ type: 'link', path: at, target, ...who })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 8 }), fc.nat(), async (entries, mtime) => {
      const read = await readFiles(Readable.from([await tarBytes(entries, mtime)]));
      expect(
        read.map((each) => [`/${each.name}`.replace(/\/$/, ''), each.type, each.linkname, each.mtime?.getTime()]),
      ).toEqual(
        entries.map((each) => [
          each.path,
          each.type === 'directory' ? 'directory' : 'symlink',
          each.type === 'link' ? each.target : null,
          mtime * 1000,
        ]),
      );
    }),
    { numRuns: 50 },
  );
});

test('the same entries give the same bytes for any chunk size (fault 57, registry-pusher)', async () => {
  const contents = { a: 'x'.repeat(200_000), b: 'y'.repeat(511), c: '' };
  await using files = await createDirectory(contents);
  const entries = await fileEntries(files.path, contents);
  const whole = await tarBytes(entries);
  for (const size of [1, 511, 512, 65_536]) {
    const hash = createHash('sha256');
    for await (const chunk of writeLayerTar(entries, 0, Buffer.alloc(size))) hash.update(chunk);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(whole).digest('hex'));
  }
});

test('sorts entries by the bytes of their paths, each directory before its items', () => {
  const paths = ['/b', '/a/z', '/a', '/a-b', '/ä', '/Z', '/a/b/c', '/a/b', '/\u{1F600}', '/\uFFEE'];
  expect(sortByPath(paths.map(directory)).map(({ path }) => path)).toEqual([
    '/Z',
    '/a',
    '/a-b',
    '/a/b',
    '/a/b/c',
    '/a/z',
    '/b',
    '/ä',
    '/\uFFEE',
    '/\u{1F600}',
  ]);
});

test.each([
  ['grows', (path: string) => appendFile(path, 'more')],
  ['shrinks', (path: string) => truncate(path, 10)],
  ['is written to', (path: string) => writeFile(path, 'y'.repeat(100_000))],
])(
  'fails without completing the tar file when a file %s after it was hashed (faults 43, 44, registry-pusher)',
  async (_, change) => {
    const contents = { a: 'x'.repeat(100_000) };
    await using files = await createDirectory(contents);
    const entries = await fileEntries(files.path, contents);
    await change(files.file('a'));
    await expectCode(tarBytes(entries), 'FILE_CHANGED', 'a changed during');
  },
);

test.each([
  ['grows', (path: string) => appendFile(path, 'more')],
  ['shrinks', (path: string) => truncate(path, 300_000)],
])(
  'writes at most the size in the header, then fails, when a file %s during the read (faults 43, 44, registry-pusher)',
  async (_, change) => {
    for (const buffer of [undefined, Buffer.alloc(400_000)]) {
      const contents = { a: 'x'.repeat(600_000) };
      await using files = await createDirectory(contents);
      const entries = await fileEntries(files.path, contents);
      let bytes = 0;
      const read = async () => {
        for await (const chunk of writeLayerTar(entries, 0, buffer)) {
          if (bytes === 512) await change(files.file('a'));
          bytes += chunk.length;
        }
      };
      await expectCode(read(), 'FILE_CHANGED', 'a changed during');
      expect(bytes).toBeLessThanOrEqual(512 + 600_000);
    }
  },
);

test('a file that is removed, or replaced by a link or a pipe, fails as changed (faults 44, 48, registry-pusher)', async () => {
  await using files = await createDirectory({ a: 'x', target: 'x', link: { link: 'target' } });
  const entries = await fileEntries(files.path, { a: '' });
  const at = (name: string): Entry[] => entries.map((entry) => ({ ...entry, absolute: files.file(name) }) as Entry);
  await expectCode(tarBytes(at('gone')), 'FILE_CHANGED');
  await expectCode(tarBytes(at('link')), 'FILE_CHANGED');
  execFileSync('mkfifo', [files.file('pipe')]);
  await expectCode(tarBytes(at('pipe')), 'FILE_CHANGED');
});
