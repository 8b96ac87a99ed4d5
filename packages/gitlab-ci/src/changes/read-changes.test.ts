import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Changes, formatChanges } from './changes.ts';
import { readAppChange } from './read-changes.ts';

const commit = 'a'.repeat(40);
const shop = { project: 'shop', changedAt: 'b'.repeat(40), contextDigest: `sha256:${'c'.repeat(64)}` };
const good: Changes = { version: 1, commit, apps: { 'apps/shop': shop } };

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'tozo-changes-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function fileWith(text: string): string {
  const file = join(directory(), 'changes.json');
  writeFileSync(file, text);
  return file;
}

test('reads what lint-test found out about an app', async () => {
  expect(await readAppChange(fileWith(formatChanges(good)), 'apps/shop', commit)).toEqual(shop);
});

test.each<[string, string, RegExp]>([
  ['no JSON', '{', /isn't JSON/],
  ['no object', '[]', /isn't a document of tozo ci changes/],
  ['of another version', JSON.stringify({ ...good, version: 2 }), /version/],
  ['of another commit', JSON.stringify({ ...good, commit: 'd'.repeat(40) }), /is for the commit dddddddd$/],
  ['without the app', JSON.stringify({ ...good, apps: {} }), /doesn't mention apps\/shop$/],
  [
    'with an option in place of a commit',
    formatChanges({ ...good, apps: { 'apps/shop': { ...shop, changedAt: '--exec=x' } } }),
    /changedAt/,
  ],
  [
    'with a path in place of a digest',
    formatChanges({ ...good, apps: { 'apps/shop': { ...shop, contextDigest: '../x' } } }),
    /contextDigest/,
  ],
  ['too large', ' '.repeat(1024 * 1024 + 1), /is larger than 1 MiB$/],
])('knows nothing from a document that is %s (fault 128, gitlab)', async (_, text, reason) => {
  expect(await readAppChange(fileWith(text), 'apps/shop', commit)).toMatch(reason);
});

test('reads 500 apps, far more than a dotenv report holds (fault 128, gitlab)', async () => {
  const apps = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`apps/app-${index}`, shop]));
  expect(await readAppChange(fileWith(formatChanges({ ...good, apps })), 'apps/app-499', commit)).toEqual(shop);
});

test('follows no link and waits for no pipe', async () => {
  const path = directory();
  const target = join(path, 'target');
  writeFileSync(target, formatChanges(good));
  symlinkSync(target, join(path, 'link'));
  execFileSync('mkfifo', [join(path, 'pipe')]);
  mkdirSync(join(path, 'directory'));
  const read = (name: string) => readAppChange(join(path, name), 'apps/shop', commit);
  expect(await read('link')).toMatch(/is a link$/);
  expect(await read('pipe')).toMatch(/isn't a regular file$/);
  expect(await read('directory')).toMatch(/isn't a regular file$/);
  expect(await read('missing')).toMatch(/doesn't exist$/);
});
