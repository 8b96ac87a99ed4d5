import { RegistryPusherError } from '../../image/errors.ts';
import { interpretRefusal } from './refusal.ts';
import { redactUrl } from './redact-url.ts';
import type { WireResponse } from './wire.ts';

/** A registry's error response: the cause of the error that it becomes. */
export class RegistryErrorResponse {
  readonly status: number;
  /** The first error code of the distribution protocol, such as BLOB_UPLOAD_UNKNOWN. */
  readonly code: string | undefined;
  readonly text: string;
  readonly requestId: string | undefined;
  /** What the request was about: `registry/repository`, or the scopes of a token. */
  readonly subject: string;
  /** The milliseconds that the registry requests to wait. */
  readonly retryAfter: number | undefined;

  constructor(response: WireResponse, body: string, subject: string) {
    const { redact } = response;
    const errors = protocolErrors(body, redact);
    this.status = response.status;
    this.subject = subject;
    this.code = errors?.[0]?.code;
    this.text = errors ? textOf(errors) : excerpt(redact(messageIn(body) ?? body));
    const id = ['request-id', 'x-request-id', 'docker-request-id'].map(response.header).find(Boolean);
    this.requestId = id && excerpt(redact(id));
    this.retryAfter = parseRetryAfter(response.header('retry-after'), response.header('date'));
  }
}

const maxBodySize = 64 * 1024;
const maxReadTime = 10_000;

/** Returns the error for a response with an unexpected status. Reads at most 64 KiB of its body. */
export async function responseError(response: WireResponse, subject: string): Promise<RegistryPusherError> {
  const cause = new RegistryErrorResponse(response, (await readStart(response)).toString('utf8'), subject);
  const text = cause.text === '' && cause.code === undefined ? 'a response without a body' : cause.text;
  const { code, advice } = interpretRefusal(cause, subject);
  const id = cause.requestId === undefined ? '' : ` (request ${cause.requestId})`;
  return new RegistryPusherError(
    code,
    `${response.method} ${response.redact(redactUrl(response.url))}: ${cause.code ?? cause.status}${text === '' ? '' : `: ${text}`}${id}. ${advice}`,
    { cause },
  );
}

/** Returns the registry's error response that caused an error, if one did. */
export function errorResponseOf(error: unknown): RegistryErrorResponse | undefined {
  return error instanceof RegistryPusherError && error.cause instanceof RegistryErrorResponse ? error.cause : undefined;
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

interface ProtocolError {
  readonly code: string;
  readonly message: string;
}

/** The first code stands in front of it, so it isn't repeated where a registry has no words of its own. */
function textOf(errors: readonly ProtocolError[]): string {
  const messages = errors.map(({ message }) => message).filter((message) => message !== errors[0]!.code);
  return messages.join('; ');
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
function protocolErrors(body: string, redact: (text: string) => string): ProtocolError[] | undefined {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] };
    if (!Array.isArray(errors) || errors.length === 0) return undefined;
    return errors.map(({ code, message }) => ({
      code: excerpt(redact(String(code))),
      message: excerpt(redact(String(message ?? code))),
    }));
  } catch {
    return undefined;
  }
}

/** Registries, their token services and the proxies in front of them also write errors of their own. */
function messageIn(body: string): string | undefined {
  try {
    const value = JSON.parse(body) as Record<string, unknown> | null;
    const keys = ['message', 'details', 'error_description', 'error_message', 'error'];
    return keys.map((key) => value?.[key]).find((text) => typeof text === 'string');
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
  if (/^\d+(?:\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  // Date.parse also takes numbers for dates long ago.
  const at = /^[a-z]{3}/i.test(value.trim()) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const now = date === undefined ? Number.NaN : Date.parse(date);
  return Math.max(0, at - (Number.isNaN(now) ? Date.now() : now));
}
