import { type GitlabVariablesError, requestError, type RequestLine } from '../variable/errors.ts';

/** Returns the error for a connection that failed before the response was complete. */
export function connectionError(request: RequestLine, cause: unknown): GitlabVariablesError {
  const { code, text } = describeCause(cause);
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
  return requestError(request, 'UNREACHABLE', text, {
    cause,
    ...(isUntrusted
      ? { advice: 'If this GitLab or a proxy uses its own CA, set NODE_EXTRA_CA_CERTS to its certificate.' }
      : {}),
  });
}

export function describeCause(cause: unknown): { code: string; text: string } {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describeCause(cause.errors[0]);
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' ? code : '';
  const reported = typeof message === 'string' && message ? message : known || 'the connection failed';
  return { code: known, text: known && !reported.includes(known) ? `${reported} (${known})` : reported };
}
