import { readdirSync, readlinkSync, type Stats } from 'node:fs';
import { decodeName } from '../../tar/names.ts';
import type { Attributes } from './extended-attributes.ts';
import { type Owners, realOwners } from './owners.ts';
import { fsPath, lstat } from './paths.ts';

export type NodeKind = 'file' | 'directory' | 'link' | 'character-device' | 'block-device' | 'fifo' | 'socket';

/** What a path has at one moment. */
export interface FileStamp {
  readonly kind: NodeKind;
  readonly ino: number;
  readonly names: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Milliseconds, with fractions. Nothing but the system can set it. */
  readonly ctime: number;
  /** Milliseconds, with fractions. */
  readonly mtime: number;
  /** The numbers of a device. */
  readonly device: number;
  /** Extended attributes, if there are any. */
  readonly attributes?: Attributes;
  /** The target of a link. */
  readonly target?: string;
}

/** The files of an image at one moment, by path, each directory before its entries. */
export type Snapshot = Map<string, FileStamp>;

/** What belongs to the machine and not to the image. Mounts hide these in a container. */
const hidden = new Set(['/dev', '/proc', '/sys']);
const excluded = new Set(['/etc/resolv.conf', '/etc/hosts']);

/** Lists all files below a root, without following links. */
export function scan(root: string, owners: Owners = realOwners): Snapshot {
  const found: Snapshot = new Map();
  const visit = (directory: string): void => {
    const names = readdirSync(fsPath(root + directory), { encoding: 'buffer' });
    for (const name of names.map(decodeName).sort()) {
      const path = `${directory}/${name}`;
      if (excluded.has(path)) continue;
      const stamp = stampOf(root + path, owners);
      if (stamp === undefined) continue;
      found.set(path, stamp);
      if (stamp.kind === 'directory' && !hidden.has(path)) visit(path);
    }
  };
  visit('');
  return found;
}

/** Returns what is at a path on this machine. */
export function stampOf(path: string, owners: Owners): FileStamp | undefined {
  const stat = lstat(path);
  if (stat === undefined) return undefined;
  const kind = kindOf(stat);
  return {
    kind,
    ino: stat.ino,
    names: stat.nlink,
    mode: stat.mode & 0o7777,
    ...owners.ownerOf(stat),
    size: stat.size,
    ctime: stat.ctimeMs,
    mtime: stat.mtimeMs,
    device: stat.rdev,
    ...(kind === 'link' ? { target: decodeName(readlinkSync(fsPath(path), 'buffer')) } : {}),
  };
}

function kindOf(stat: Stats): NodeKind {
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isFile()) return 'file';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  return stat.isFIFO() ? 'fifo' : 'socket';
}
