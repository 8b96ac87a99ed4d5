import { type Dirent, readdirSync } from 'node:fs';
import { RegistryPusherError } from '../../image/errors.ts';
import { unreadable } from './unreadable.ts';

/** A file, folder or link of the build context that is not ignored. */
export interface ContextItem {
  /** Relative to the context, with slashes; empty for the context itself. */
  readonly path: string;
  readonly absolute: string;
  readonly kind: 'file' | 'folder' | 'link';
}

/**
 * What a folder holds, in a fixed order. Read synchronously: most folders are small, and a trip to a thread costs several times
 * what reading one does.
 * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED for a name that is not UTF-8
 */
export function entriesOf(folder: ContextItem): Dirent[] {
  const entries = listing(folder);
  for (const { name } of entries) if (name.includes('\uFFFD')) requireUtf8(folder, name);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listing({ absolute, path }: ContextItem): Dirent[] {
  try {
    return readdirSync(absolute, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(path || '.', cause);
  }
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
function requireUtf8(folder: ContextItem, name: string): void {
  const names = readdirSync(folder.absolute, { encoding: 'buffer' });
  if (names.some((bytes) => bytes.equals(Buffer.from(name)))) return;
  const bytes = names.find((each) => each.toString() === name)!;
  throw new RegistryPusherError(
    'FILE_REFUSED',
    `The name ${JSON.stringify(bytes.toString('latin1'))} in ${folder.path || 'the build context'} is not UTF-8. Rename it or put its folder into .dockerignore.`,
  );
}
