import { RegistryPusherError } from '../../image/errors.ts';

/** What is wrong with a Dockerfile, and on which 1-based line. */
export function dockerfileInvalid(line: number, what: string): RegistryPusherError {
  return new RegistryPusherError('DOCKERFILE_INVALID', `Dockerfile line ${line}: ${what}`);
}
