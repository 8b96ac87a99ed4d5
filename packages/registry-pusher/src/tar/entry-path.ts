import { posix } from 'node:path';
import { invalidTarError } from './fields.ts';

/**
 * Returns the absolute path of an entry in an image. Absolute names are inside the image, as for Docker and containerd.
 * @throws Error for an empty name, and for one with `..`
 */
export function entryPath(name: string): string {
  if (name === '') throw invalidTarError('an entry has no name');
  if (name.split('/').includes('..')) throw invalidTarError(`the name ${JSON.stringify(name)} contains ".."`);
  return posix.resolve('/', name);
}

/** As {@link entryPath}, and refuses absolute names, which extract elsewhere with other tools. */
export function relativeEntryPath(name: string): string {
  if (name.startsWith('/')) throw invalidTarError(`the name ${JSON.stringify(name)} is absolute`);
  return entryPath(name);
}
