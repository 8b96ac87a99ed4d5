import { RegistryPusherError, type RegistryPusherErrorCode } from '../../image/errors.ts';
import { redactUrl } from './redact-url.ts';
import type { WireResponse } from './wire.ts';

/** A registry's error response: the cause of the error that it becomes. */
export class RegistryErrorResponse {
  readonly status: number;
  /** The first error code of the distribution protocol, such as BLOB_UPLOAD_UNKNOWN. */
  readonly code: string | undefined;
  readonly text: string;
  readonly requestId: string | undefined;
  /** The milliseconds that the registry requests to wait. */
  readonly retryAfter: number | undefined;

  constructor(response: WireResponse, body: string) {
    const errors = protocolErrors(body);
    this.status = response.status;
    this.code = errors?.[0]?.code;
    this.text = errors ? errors.map(({ message }) => message).join('; ') : excerpt(body);
    this.requestId = ['request-id', 'x-request-id', 'docker-request-id'].map(response.header).find(Boolean);
    this.retryAfter = parseRetryAfter(response.header('retry-after'), response.header('date'));
  }
}

const maxBodySize = 64 * 1024;
const maxReadTime = 10_000;

/** Returns the error for a response with an unexpected status. Reads at most 64 KiB of its body. */
export async function responseError(response: WireResponse, subject: string): Promise<RegistryPusherError> {
  const cause = new RegistryErrorResponse(response, (await readStart(response)).toString('utf8'));
  const text = cause.text === '' ? 'a response without a body' : cause.text;
  const { code, advice } = interpret(cause, subject);
  const id = cause.requestId === undefined ? '' : ` (request ${cause.requestId})`;
  return new RegistryPusherError(
    code,
    `${response.method} ${redactUrl(response.url)}: ${cause.code ?? cause.status}: ${text}${id}. ${advice}`,
    { cause },
  );
}

/** Returns the registry's error response that caused an error, if one did. */
export function errorResponseOf(error: unknown): RegistryErrorResponse | undefined {
  return error instanceof RegistryPusherError && error.cause instanceof RegistryErrorResponse ? error.cause : undefined;
}

function interpret(
  { status, text, retryAfter }: RegistryErrorResponse,
  subject: string,
): { code: RegistryPusherErrorCode; advice: string } {
  if (status === 401)
    return {
      code: 'REGISTRY_UNAUTHORIZED',
      advice: `Check that ${subject} exists, and check the username and password or token.`,
    };
  if (status === 403)
    return {
      code: 'REGISTRY_DENIED',
      advice: `These credentials can't access ${subject}: check its name and your permissions.`,
    };
  if (status === 400 && text === '')
    return {
      code: 'REGISTRY_DENIED',
      advice: `Heroku responds like this when ${subject} isn't an app of this account: check the app's name and the key's owner.`,
    };
  if (status === 404)
    return { code: 'REGISTRY_DENIED', advice: `${subject} wasn't found: check its name and your permissions.` };
  if (status === 429) {
    const wait = retryAfter === undefined ? 'later' : `in ${Math.ceil(retryAfter / 1000)} s`;
    return {
      code: 'REGISTRY_RATE_LIMITED',
      advice: `Too many requests: retry ${wait}, log in for a higher limit (docker login), or use a mirror.`,
    };
  }
  if (status >= 500) return { code: 'REGISTRY_UNREACHABLE', advice: 'The registry is failing: retry later.' };
  return {
    code: 'REGISTRY_PROTOCOL',
    advice: `Unexpected response from ${subject}: check the address and the proxy.`,
  };
}

async function readStart(response: WireResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const end = performance.now() + maxReadTime;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maxBodySize || performance.now() > end) break;
    }
  } catch {
    // The connection broke: what arrived before it is enough.
  }
  return Buffer.concat(chunks).subarray(0, maxBodySize);
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
function protocolErrors(body: string): { code: string; message: string }[] | undefined {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] };
    if (!Array.isArray(errors) || errors.length === 0) return undefined;
    return errors.map(({ code, message }) => ({
      code: excerpt(String(code)),
      message: excerpt(String(message ?? code)),
    }));
  } catch {
    return undefined;
  }
}

function excerpt(text: string): string {
  const plain = text
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ')
    .trim();
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain;
}

/** Parses seconds or an HTTP date, which is relative to the server's own clock if it sends it. @see RFC 9110, 10.2.3 */
export function parseRetryAfter(value: string | undefined, date?: string): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  const now = date === undefined ? Number.NaN : Date.parse(date);
  return Math.max(0, at - (Number.isNaN(now) ? Date.now() : now));
}
