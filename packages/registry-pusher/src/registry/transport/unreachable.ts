import { RegistryPusherError } from '../../image/errors.ts';
import { printable } from './printable.ts';

/** An error for an exchange that broke before an answer was complete. What failed inside our own body stays as it is. */
export function unreachable(method: string, url: URL, error: unknown): RegistryPusherError {
  if (error instanceof RegistryPusherError) return error;
  const { code, message } = described(error);
  return new RegistryPusherError(
    'REGISTRY_UNREACHABLE',
    `${method} ${printable(url)}: ${code}: ${message}. ${advice(code, url)}`,
    { cause: error },
  );
}

/** Whether another try may help: a broken connection, not a name that does not exist or a certificate that is wrong. */
export function mayPass(error: unknown): boolean {
  const { code } = described(error);
  return code !== 'ENOTFOUND' && !isCertificateCode(code) && !code.startsWith('UND_ERR_INVALID');
}

function described(error: unknown): { code: string; message: string } {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  if (!(inner instanceof Error)) return { code: 'UNKNOWN', message: String(inner) };
  const code = 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.name;
  return { code, message: inner.message };
}

function isCertificateCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS|ERR_SSL/.test(code);
}

function advice(code: string, url: URL): string {
  if (code === 'ENOTFOUND') return `Check the name ${url.hostname}.`;
  if (code === 'ECONNREFUSED') return `Nothing listens at ${url.host}: is the registry running?`;
  if (isCertificateCode(code))
    return `The certificate of ${url.host} is not trusted: name the CA's file in NODE_EXTRA_CA_CERTS. TLS checks are never switched off.`;
  return 'Check the network, and the registry, then try again.';
}
