import { RegistryPusherError } from '../../image/errors.ts';

export function abortError(signal: AbortSignal): RegistryPusherError {
  return new RegistryPusherError('ABORTED', 'The build was canceled.', { cause: signal.reason });
}
