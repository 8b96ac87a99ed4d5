import { dirname } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';

/** An error while an image is written into a folder, as one that says what to do when its disk is full. */
export function diskFull(folder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new RegistryPusherError(
    'DISK_FULL',
    `There is no room left in ${dirname(folder)} for the image that Docker built. Free some, or name another folder in TMPDIR.`,
    { cause: error },
  );
}
