import { dirname } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';

/** Explains an error of writing an image to a directory if the disk is full. */
export function explainDiskError(directory: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new RegistryPusherError(
    'DISK_FULL',
    `Not enough disk space in ${dirname(directory)} for the image from Docker. Free some, or set TMPDIR to another directory.`,
    { cause: error },
  );
}
