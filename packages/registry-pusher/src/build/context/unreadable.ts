import { RegistryPusherError } from '../../image/errors.ts';

/** A file or folder that the system does not let be read. */
export function unreadable(path: string, cause: unknown): RegistryPusherError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new RegistryPusherError('FILE_UNREADABLE', `${path} cannot be read (${code ?? String(cause)}).`, { cause });
}
