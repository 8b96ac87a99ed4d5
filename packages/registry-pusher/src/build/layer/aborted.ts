import { RegistryPusherError } from '../../image/errors.ts';

/** The error of a build that was asked to stop. */
export function aborted(signal: AbortSignal): RegistryPusherError {
  return new RegistryPusherError('ABORTED', 'The build was stopped.', { cause: signal.reason });
}
