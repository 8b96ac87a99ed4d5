import { posix } from 'node:path';
import type { FileTree, Found, Owner } from './file-tree.ts';

/** The base's tree with the layers on it that were planned so far. */
export class ImageTree implements FileTree {
  readonly #base: FileTree;
  readonly #ours = new Map<string, Found>();
  /** Folders that the base has not: it is never asked for what is inside. */
  readonly #created = new Set<string>();

  constructor(base: FileTree) {
    this.#base = base;
  }

  async lookup(path: string): Promise<Found> {
    const ours = this.#ours.get(path);
    if (ours !== undefined) return ours;
    for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above))
      if (this.#created.has(above)) return { kind: 'absent' };
    return this.#base.lookup(path);
  }

  /** @throws RegistryPusherError DOCKERFILE_INVALID */
  async owner(name: string): Promise<Owner> {
    return this.#base.owner(name);
  }

  /** Whether an account file was replaced, so that the base's names no longer count. */
  get hasOwnAccounts(): boolean {
    return this.#ours.has('/etc/passwd') || this.#ours.has('/etc/group');
  }

  put(path: string, found: Found): void {
    this.#ours.set(path, found);
  }

  createFolder(path: string): void {
    this.#ours.set(path, { kind: 'folder' });
    this.#created.add(path);
  }
}
