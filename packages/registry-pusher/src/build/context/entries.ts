import { type Dirent, readdirSync } from 'node:fs';
import { RegistryPusherError } from '../../image/errors.ts';
import { unreadableError } from './errors.ts';

/** Something in the build context. */
export interface ContextItem {
  /** Relative to the context, with slashes; empty for the context itself. */
  readonly path: string;
  readonly absolute: string;
  /** `special` is a device, a pipe or a socket, which only matters if it's copied. */
  readonly kind: 'file' | 'directory' | 'link' | 'special';
}

/**
 * Returns a directory's entries in a fixed order. Reads synchronously, because most directories are small and a round trip to
 * a thread is several times slower.
 * @throws RegistryPusherError FILE_UNREADABLE, FILE_REFUSED for a name that is not UTF-8
 */
export function readEntries(directory: ContextItem): Dirent[] {
  const entries = listing(directory);
  for (const { name } of entries) if (name.includes('\uFFFD')) assertUtf8(directory, name);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listing({ absolute, path }: ContextItem): Dirent[] {
  try {
    return readdirSync(absolute, { withFileTypes: true });
  } catch (cause) {
    throw unreadableError(path || '.', cause);
  }
}

interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

export function kindOf(entry: FileKind): ContextItem['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'special';
}

/** Reads the name's bytes, because U+FFFD may be part of the name or replace bytes that aren't UTF-8. */
function assertUtf8(directory: ContextItem, name: string): void {
  const names = readdirSync(directory.absolute, { encoding: 'buffer' });
  if (names.some((bytes) => bytes.equals(Buffer.from(name)))) return;
  const bytes = names.find((each) => each.toString() === name)!;
  throw new RegistryPusherError(
    'FILE_REFUSED',
    `The name ${JSON.stringify(bytes.toString('latin1'))} in ${directory.path || 'the build context'} isn't UTF-8. Rename it or add its directory to .dockerignore.`,
  );
}
