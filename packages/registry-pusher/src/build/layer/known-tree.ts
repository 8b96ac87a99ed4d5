import type { FileTree, Found, Owner } from '../base/file-tree.ts';
import { parseNumericOwner } from '../base/file-tree.ts';
import type { ImageTree } from './image-tree.ts';

/** Something about an image that only its layers tell. */
export class NotKnownError extends Error {}

/** The part of an image's files that is known without a download. Everything else throws {@link NotKnownError}. */
export class KnownTree implements FileTree {
  readonly #tree: ImageTree;

  constructor(tree: ImageTree) {
    this.#tree = tree;
  }

  async lookup(path: string): Promise<Found> {
    const found = await this.#tree.peek(path);
    if (found === undefined) throw new NotKnownError(path);
    return found;
  }

  async match(directory: string): Promise<string[]> {
    throw new NotKnownError(directory);
  }

  async resolveOwner(name: string): Promise<Owner> {
    const owner = parseNumericOwner(name);
    if (owner === undefined) throw new NotKnownError(name);
    return owner;
  }
}

/** Returns the result, or undefined if it depends on files that aren't known. */
export function ifKnown<T>(result: Promise<T>): Promise<T | undefined> {
  return result.catch((error: unknown) => {
    if (error instanceof NotKnownError) return undefined;
    throw error;
  });
}
