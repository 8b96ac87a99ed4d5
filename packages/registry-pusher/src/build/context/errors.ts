import { RegistryPusherError } from '../../image/errors.ts';

export function unreadableError(path: string, cause: unknown): RegistryPusherError {
  const code = (cause as NodeJS.ErrnoException).code;
  return new RegistryPusherError(
    'FILE_UNREADABLE',
    `${path} can't be read (${code ?? String(cause)}). Check its permissions.`,
    { cause },
  );
}
