import {
  chmodSync,
  chownSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { expectCode } from '../../testing/expect-code.ts';
import { type Content, createDirectory } from '../../testing/directory.ts';
import { FileCache } from './file-cache.ts';
import { hashFiles } from './hash-files.ts';

const secret = 'correct-horse-battery';

/** Creates a build context, and a function that hashes its files with a cache. */
async function setUp(contents: Record<string, Content>) {
  const context = await createDirectory(contents);
  const directory = await createDirectory({});
  onTestFinished(async () => {
    vi.useRealTimers();
    await context[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  const cacheDirectory = directory.file('caches');
  const run = async (secrets: readonly string[] = [], names = Object.keys(contents)) => {
    const cache = await FileCache.open(cacheDirectory, context.path, secrets);
    const found: string[] = [];
    const watched = new Proxy(cache, {
      get: (target, key) => {
        if (key !== 'find') return (target[key as keyof FileCache] as () => unknown).bind(target);
        return (file: Parameters<FileCache['find']>[0]) => {
          const content = target.find(file);
          if (content !== undefined) found.push(file.contextPath);
          return content;
        };
      },
    });
    const files = names.map((name) => ({
      type: 'file' as const,
      path: `/${name}`,
      absolute: context.file(name),
      contextPath: name,
      uid: 0,
      gid: 0,
    }));
    const hashed = await hashFiles(files, { secrets, cache: watched });
    await cache.save();
    return { found, digests: hashed.map(({ entry }) => entry.digest), modes: hashed.map(({ entry }) => entry.mode) };
  };
  const later = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
  const cacheFile = () => `${cacheDirectory}/${readdirSync(cacheDirectory)[0]!}`;
  return { context, run, later, cacheFile, cacheDirectory };
}

/** Returns once a change gets a later time than the last one of `file`: the clock of a file system is coarse. */
function waitForClock(file: string): void {
  const changeTime = (of: string) => statSync(of, { bigint: true }).ctimeNs;
  const probe = `${file}.probe`;
  do writeFileSync(probe, 'x');
  while (changeTime(probe) <= changeTime(file));
}

const digests = (...texts: string[]) => texts.map((text) => digestOf(text));

test('doesn’t reread an unchanged file', async () => {
  const { run, later } = await setUp({ a: 'one', b: { text: 'two', mode: 0o755 } });
  later(10);
  expect(await run()).toEqual({ found: [], digests: digests('one', 'two'), modes: [0o644, 0o755] });
  expect(await run()).toEqual({ found: ['a', 'b'], digests: digests('one', 'two'), modes: [0o644, 0o755] });
});

test('rereads a changed file with the same size and mtime', async () => {
  const { context, run, later } = await setUp({ a: 'one', b: 'two' });
  later(10);
  await run();
  const { atime, mtime } = statSync(context.file('a'));
  waitForClock(context.file('b'));
  writeFileSync(context.file('a'), 'eno');
  utimesSync(context.file('a'), atime, mtime);
  later(10);
  expect(await run()).toMatchObject({ found: ['b'], digests: digests('eno', 'two') });
});

test('rereads a replaced file and one with a new mode', async () => {
  const { context, run, later } = await setUp({ a: 'one', b: 'two' });
  later(10);
  await run();
  waitForClock(context.file('b'));
  writeFileSync(context.file('other'), 'eno');
  renameSync(context.file('other'), context.file('a'));
  chmodSync(context.file('b'), 0o755);
  later(10);
  expect(await run()).toMatchObject({ found: [], digests: digests('eno', 'two'), modes: [0o644, 0o755] });
});

test('doesn’t cache a file written just before, which could change again unnoticed', async () => {
  const { run, later } = await setUp({ a: 'one' });
  await run();
  expect((await run()).found).toEqual([]);
  later(3);
  expect((await run()).found).toEqual([]);
  expect((await run()).found).toEqual(['a']);
});

test('doesn’t cache a file whose time was changed just before', async () => {
  const { context, run } = await setUp({ a: 'one' });
  utimesSync(context.file('a'), 1_000_000_000, 1_000_000_000);
  await run();
  expect((await run()).found).toEqual([]);
});

test('rereads machine code every time', async () => {
  const elf = Buffer.concat([Buffer.from('7f454c46020101', 'hex'), Buffer.alloc(100)]);
  const { run, later } = await setUp({ a: 'one', 'addon.node': elf });
  later(10);
  await run();
  expect((await run()).found).toEqual(['a']);
});

test('searches every file again for new secrets', async () => {
  const { run, later, cacheFile } = await setUp({ a: `key=${secret}` });
  later(10);
  await run();
  await expectCode(run([secret]), 'FILE_REFUSED');
  await run(['another-secret']);
  expect((await run(['another-secret'])).found).toEqual(['a']);
  await expectCode(run([secret, 'another-secret']), 'FILE_REFUSED');
  expect(readFileSync(cacheFile(), 'utf8')).not.toContain('another-secret');
  expect(statSync(cacheFile()).mode & 0o777).toBe(0o600);
});

test.for([
  ['truncated', (text: string) => text.slice(0, -5)],
  ['empty', () => ''],
  ['of another version', (text: string) => text.replace('"version":2', '"version":0')],
  [
    'changed in one digit',
    (text: string) => text.replace(/sha256:./, (start) => `sha256:${start.endsWith('0') ? 1 : 0}`),
  ],
] as const)('ignores a cache that is %s and rewrites it', async ([, damage]) => {
  const { run, later, cacheFile } = await setUp({ a: 'one' });
  later(10);
  await run();
  writeFileSync(cacheFile(), damage(readFileSync(cacheFile(), 'utf8')));
  expect(await run()).toMatchObject({ found: [], digests: digests('one') });
  expect((await run()).found).toEqual(['a']);
});

test.skipIf(process.getuid?.() !== 0)('ignores a cache of another user', async () => {
  const { run, later, cacheFile } = await setUp({ a: 'one' });
  later(10);
  await run();
  chownSync(cacheFile(), 65_534, 65_534);
  expect((await run()).found).toEqual([]);
});

test('forgets files that are no longer copied', async () => {
  const { run, later, cacheFile } = await setUp({ a: 'one', b: 'two' });
  later(10);
  await run();
  await run([], ['a']);
  expect(readFileSync(cacheFile(), 'utf8')).not.toContain('"b"');
});

test('each build context has its own cache with its own salt', async () => {
  const { run, later, context, cacheDirectory } = await setUp({ a: 'one', 'other/a': 'two' });
  later(10);
  await run([secret]);
  const other = await FileCache.open(cacheDirectory, context.file('other'), [secret]);
  const file = {
    type: 'file' as const,
    path: '/a',
    absolute: context.file('other/a'),
    contextPath: 'a',
    uid: 0,
    gid: 0,
  };
  await hashFiles([file], { secrets: [secret], cache: other });
  await other.save();
  const texts = readdirSync(cacheDirectory).map((name) => readFileSync(`${cacheDirectory}/${name}`, 'utf8'));
  const heads = texts.map((text) => (JSON.parse(text.split('\n')[0]!) as { secrets: string }).secrets);
  expect([heads.length, new Set(heads).size]).toEqual([2, 2]);
});

test('ignores a cache that can’t be written', async () => {
  const { run, later, cacheDirectory } = await setUp({ a: 'one' });
  writeFileSync(cacheDirectory, 'a file');
  later(10);
  await run();
  expect(await run()).toMatchObject({ found: [], digests: digests('one') });
});
