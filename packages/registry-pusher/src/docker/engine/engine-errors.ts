import { RegistryPusherError } from '../../image/errors.ts';

export function engineUnavailable(message: string, cause?: unknown): RegistryPusherError {
  return new RegistryPusherError('ENGINE_UNAVAILABLE', `${message}.`, { cause });
}

/** The HTTP status of an engine that answered, and refused; undefined for an error of another kind. */
export function refusedWith(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Why an engine that was asked its version did not tell it. */
export function notAnswering(address: string, cause: NodeJS.ErrnoException): RegistryPusherError {
  const code = cause.code ?? '';
  const at = `at ${address} (${code || cause.message})`;
  if (code === 'EACCES' || code === 'EPERM')
    return engineUnavailable(
      `No Docker Engine answers ${at}. You may not use its socket: join the group docker (then log in again), or use rootless Docker`,
      cause,
    );
  if (/CERT|SSL|TLS|SELF_SIGNED|VERIFY|EPROTO/.test(code))
    return engineUnavailable(
      `The Docker Engine ${at} cannot be trusted: DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem`,
      cause,
    );
  return engineUnavailable(
    `No Docker Engine answers ${at}. Start Docker, or name a running engine in DOCKER_HOST. A Dockerfile without RUN needs none: --builder direct`,
    cause,
  );
}

/**
 * An error of a request to an engine, as one that says what to do.
 * @param doing what was under way, as `build the image`
 */
export function engineFailed(address: string, doing: string, error: unknown): unknown {
  if (error instanceof RegistryPusherError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (refusedWith(error) !== undefined)
    return new RegistryPusherError('ENGINE_BUILD_FAILED', `Docker refuses to ${doing}: ${reasonIn(message)}`, {
      cause: error,
    });
  if (code === undefined || !connectionErrors.has(code)) return error;
  return engineUnavailable(
    `The connection to the Docker Engine at ${address} was cut when it was to ${doing} (${code}). See whether it still runs (docker version) and what its log says, then run this again`,
    error,
  );
}

const connectionErrors = new Set(
  'ECONNRESET EPIPE ECONNREFUSED ECONNABORTED ENOENT ETIMEDOUT EHOSTUNREACH ERR_STREAM_PREMATURE_CLOSE'.split(' '),
);

/** dockerode writes `(HTTP code 404) no such image - what the engine said `. */
function reasonIn(message: string): string {
  return message.replace(/^\(HTTP code (\d+)\) [^-]* - /, '$1: ').trim();
}
