import { expect, test } from 'vitest';
import { findChanges } from './changes.ts';
import type { FileStamp, Snapshot } from './scan.ts';

const file: FileStamp = {
  kind: 'file',
  ino: 1,
  names: 1,
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 3,
  ctime: 10,
  mtime: 10,
  device: 0,
};
const directory: FileStamp = { ...file, kind: 'directory', ino: 2, mode: 0o755, names: 2 };
const startedAt = 100;

/** Returns the changed paths, and the removed ones with a minus. Contents are the same unless told. */
function changesOf(before: Record<string, FileStamp>, after: Record<string, FileStamp>, isSame = true): string[] {
  const toSnapshot = (files: Record<string, FileStamp>): Snapshot => new Map(Object.entries(files));
  const { puts, removes } = findChanges(toSnapshot(before), toSnapshot(after), () => isSame, startedAt);
  return [...puts.keys(), ...removes.map((path) => `-${path}`)];
}

test.each<[string, Partial<FileStamp>, boolean, boolean]>([
  ['nothing', {}, false, false],
  ['the same content again', { ino: 9, ctime: 200, mtime: 200 }, true, false],
  ['other content of the same size', { ctime: 200 }, false, true],
  ['the size', { ctime: 200, size: 4 }, false, true],
  ['the mode', { ctime: 200, mode: 0o600 }, true, true],
  ['the owner', { ctime: 200, uid: 5 }, true, true],
  ['the group', { ctime: 200, gid: 5 }, true, true],
  ['the time, to now', { ctime: 200, mtime: 200 }, true, false],
  ['the time, to an earlier one', { ctime: 200, mtime: 5 }, true, true],
  ['the type', { ctime: 200, kind: 'fifo' }, true, true],
])('a file is changed by: %s', (_, change, isSame, isChanged) => {
  expect(changesOf({ '/f': file }, { '/f': { ...file, ...change } }, isSame)).toEqual(isChanged ? ['/f'] : []);
});

test('ignores the times and the inode of a directory, and names the directories of what changed', () => {
  const rewritten = { ...directory, ino: 77, ctime: 200, mtime: 200 };
  expect(changesOf({ '/d': directory }, { '/d': rewritten })).toEqual([]);
  expect(changesOf({ '/d': directory }, { '/d': rewritten, '/d/f': file })).toEqual(['/d', '/d/f']);
});

test('removes only the topmost path, and what a new directory of the same name lacks', () => {
  const before = { '/d': directory, '/d/e': directory, '/d/e/f': file };
  expect(changesOf(before, {})).toEqual(['-/d']);
  expect(changesOf(before, { '/d': { ...directory, ino: 50 } })).toEqual(['/d', '-/d/e']);
  expect(changesOf(before, { '/d': { ...file, ino: 50 } })).toEqual(['/d']);
});

test('names all names of a file that got another name', () => {
  const linked = { ...file, names: 2, ctime: 200 };
  expect(changesOf({ '/a': file }, { '/a': linked, '/b': linked })).toEqual(['/a', '/b']);
});

test('names that were one file and are two are changed', () => {
  const two = { ...file, names: 2 };
  const apart = { '/a': { ...file, ctime: 200 }, '/b': { ...file, ino: 9, ctime: 200, mtime: 200 } };
  expect(changesOf({ '/a': two, '/b': two }, apart)).toEqual(['/a', '/b']);
});

test('a file that lost a name is unchanged', () => {
  const two = { ...file, names: 2 };
  expect(changesOf({ '/a': two, '/b': two }, { '/a': { ...file, ctime: 200 } })).toEqual(['-/b']);
});
