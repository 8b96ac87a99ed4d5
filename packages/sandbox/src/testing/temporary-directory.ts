import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../dynos/remove-tree.ts';

/** Creates a directory that is removed at the end of the block. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'tozo-sandbox-')));
  return { path, [Symbol.asyncDispose]: async () => await removeTree(path) };
}
