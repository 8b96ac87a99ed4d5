import { RegistryPusherError } from '../../image/errors.ts';

export function engineUnavailableError(message: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError('ENGINE_UNAVAILABLE', `${message}.`, { cause });
}

/** Returns the HTTP status of an engine's error response, or undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Returns the error for a failed connection attempt. */
export function connectionError(address: string, cause: NodeJS.ErrnoException): RegistryPusherError {
  const code = cause.code ?? '';
  const engine = `the Docker Engine at ${address} (${code || cause.message})`;
  if (code === 'EACCES' || code === 'EPERM')
    return engineUnavailableError(
      `No permission to use the socket of ${engine}. Join the group docker and log in again, or use rootless Docker`,
      cause,
    );
  if (/CERT|SSL|TLS|SELF_SIGNED|VERIFY|EPROTO/.test(code))
    return engineUnavailableError(
      `Can't verify the certificate of ${engine}. Set DOCKER_CERT_PATH to the directory of ca.pem, cert.pem and key.pem`,
      cause,
    );
  return engineUnavailableError(
    `Can't reach ${engine}. Start Docker, or set DOCKER_HOST to a running engine. For a Dockerfile without RUN, use --builder direct`,
    cause,
  );
}

/**
 * Explains an error of a request to an engine.
 * @param action what failed, such as `build the image`
 */
export function explainEngineError(address: string, action: string, error: unknown): unknown {
  if (error instanceof RegistryPusherError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (statusOf(error) !== undefined)
    return new RegistryPusherError('ENGINE_BUILD_FAILED', `Docker refused to ${action}: ${reasonIn(message)}`, {
      cause: error,
    });
  if (code === undefined || !connectionErrors.has(code)) return error;
  return engineUnavailableError(
    `The connection to the Docker Engine at ${address} was lost while trying to ${action} (${code}). Check that it runs (docker version), read its log, then retry`,
    error,
  );
}

const connectionErrors = new Set(
  'ECONNRESET EPIPE ECONNREFUSED ECONNABORTED ENOENT ETIMEDOUT EHOSTUNREACH ERR_STREAM_PREMATURE_CLOSE'.split(' '),
);

/** Strips dockerode's decoration: `(HTTP code 404) no such image - REASON `. */
function reasonIn(message: string): string {
  return message.replace(/^\(HTTP code (\d+)\) [^-]* - /, '$1: ').trim();
}
