import { lchownSync, type Stats } from 'node:fs';
import { fsPath, lstat } from './paths.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How the files of an image get their owners, and who owns them. */
export interface Owners {
  give(path: string, owner: Owner): void;
  /** Who owns a file with attributes when it's created: a new owner would remove them. */
  creatorOf(owner: Owner): Owner;
  ownerOf(stat: Stats): Owner;
}

/** For root: the files' own. */
export const realOwners: Owners = {
  give: (path, { uid, gid }) => lchownSync(fsPath(path), uid, gid),
  creatorOf: (owner) => owner,
  ownerOf: ({ uid, gid }) => ({ uid, gid }),
};

/**
 * For root of a namespace that has no other users. All files are root's there, and what they are in the image is remembered.
 * Commands can't change it: chown fails.
 */
export class RememberedOwners implements Owners {
  readonly #owners = new Map<string, Owner>();

  give(path: string, owner: Owner): void {
    const key = keyOf(lstat(path)!);
    if (owner.uid === 0 && owner.gid === 0) this.#owners.delete(key);
    else this.#owners.set(key, owner);
  }

  creatorOf(): Owner {
    return { uid: 0, gid: 0 };
  }

  ownerOf(stat: Stats): Owner {
    return this.#owners.get(keyOf(stat)) ?? { uid: stat.uid, gid: stat.gid };
  }
}

/** A new file may get the inode of a deleted one, but not its birth. */
function keyOf({ ino, birthtimeMs }: Stats): string {
  return `${ino} ${birthtimeMs}`;
}
