import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { RegistryPusherError } from '../errors.ts';
import { unreadable } from './unreadable.ts';

/** A file, folder or link of the build context that is not ignored. */
export interface ContextItem {
  /** Relative to the context, with slashes; empty for the context itself. */
  readonly path: string;
  readonly absolute: string;
  readonly kind: 'file' | 'folder' | 'link';
}

/**
 * What a folder holds, in a fixed order.
 * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED for a name that is not UTF-8
 */
export async function entriesOf(folder: ContextItem): Promise<Dirent[]> {
  const entries = await readdir(folder.absolute, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(folder.path || '.', cause);
  });
  for (const { name } of entries) if (name.includes('\uFFFD')) await requireUtf8(folder, name);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** @throws RegistryPusherError FILE_REFUSED for devices, pipes and sockets */
export function kindOf(entry: FileKind, path: string): ContextItem['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  throw new RegistryPusherError(
    'FILE_REFUSED',
    `${path} is neither a file nor a folder nor a link: devices, pipes and sockets do not go into an image. Delete it or put it into .dockerignore.`,
  );
}

/** Reads a name's bytes again when it looks as if it were not UTF-8, for a changed name must not go into an image. */
async function requireUtf8(folder: ContextItem, name: string): Promise<void> {
  const names = await readdir(folder.absolute, { encoding: 'buffer' });
  if (names.some((bytes) => bytes.equals(Buffer.from(name)))) return;
  const bytes = names.find((each) => each.toString() === name)!;
  throw new RegistryPusherError(
    'FILE_REFUSED',
    `The name ${JSON.stringify(bytes.toString('latin1'))} in ${folder.path || 'the build context'} is not UTF-8. Rename it or put its folder into .dockerignore.`,
  );
}
