import { RegistryPusherError } from '../../image/errors.ts';
import { redactUrl } from './redact-url.ts';

/** Returns the error for an exchange that broke before the response was complete. Errors of our own body stay unchanged. */
export function unreachableError(
  { method, url }: { readonly method: string; readonly url: URL },
  error: unknown,
  redact: (text: string) => string,
): RegistryPusherError {
  if (error instanceof RegistryPusherError) return error;
  const { code, message } = describe(error);
  return new RegistryPusherError(
    'REGISTRY_UNREACHABLE',
    `${method} ${redact(`${redactUrl(url)}: ${code}: ${message}`)}. ${advice(code, method, url)}`,
    { cause: error },
  );
}

/** Failures that stay: an unknown host, and connections that this side closed. */
const lasting = new Set(['ENOTFOUND', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'UND_ERR_ABORTED', 'ABORT_ERR']);

const cutOff = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Returns whether a retry may help: after a broken connection, not with an unknown host or a bad certificate. */
export function isRetryable(error: unknown): boolean {
  const { code } = describe(error);
  return !lasting.has(code) && !isCertificateCode(code) && !code.startsWith('UND_ERR_INVALID');
}

function describe(error: unknown): { code: string; message: string } {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(inner instanceof Error)) return { code: 'UNKNOWN', message: String(inner) };
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.name;
  return { code, message: inner.message };
}

function isCertificateCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS|ERR_SSL/.test(code);
}

/**
 * Returns whether the other side closed the connection, perhaps after a 413 that was lost with it: a proxy answers before it reads
 * a body that is too large for it.
 */
export function isCutOff(error: unknown): boolean {
  return error instanceof RegistryPusherError && cutOff.has(describe(error.cause).code);
}

function advice(code: string, method: string, url: URL): string {
  if (code === 'ENOTFOUND') return `Check the host name ${url.hostname}.`;
  if (code === 'ECONNREFUSED') return `Nothing listens at ${url.host}: check that the registry is running.`;
  if (isCertificateCode(code))
    return `The certificate of ${url.host} isn't trusted: set NODE_EXTRA_CA_CERTS to the CA's file. TLS checks can't be disabled.`;
  if (cutOff.has(code) && (method === 'PUT' || method === 'PATCH'))
    return `Check the network, and whether the registry or a proxy in front of it limits the size of a request, then retry.`;
  return 'Check the network and the registry, then retry.';
}
