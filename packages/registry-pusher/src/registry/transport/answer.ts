import { RegistryPusherError, type RegistryPusherErrorCode } from '../../image/errors.ts';
import { printable } from './printable.ts';
import type { WireResponse } from './wire.ts';

/** What a registry said instead of doing what it was asked, kept as the cause of the error. */
export class RegistryAnswer {
  readonly status: number;
  /** The first error code of the distribution protocol, such as BLOB_UPLOAD_UNKNOWN; else undefined. */
  readonly code: string | undefined;
  readonly text: string;
  readonly requestId: string | undefined;
  /** Milliseconds that the registry asks to wait. */
  readonly retryAfter: number | undefined;

  constructor(response: WireResponse, body: string) {
    const errors = protocolErrors(body);
    this.status = response.status;
    this.code = errors?.[0]?.code;
    this.text = errors ? errors.map(({ message }) => message).join('; ') : excerpt(body);
    this.requestId = ['request-id', 'x-request-id', 'docker-request-id'].map(response.header).find(Boolean);
    this.retryAfter = retryAfter(response.header('retry-after'), response.header('date'));
  }
}

const mostRead = 64 * 1024;
const longestRead = 10_000;

/** The error for an answer that was not asked for. Reads at most 64 KiB of its body. */
export async function refusal(response: WireResponse, subject: string): Promise<RegistryPusherError> {
  const answer = new RegistryAnswer(response, (await readStart(response)).toString('utf8'));
  const said = answer.text === '' ? 'an answer without a body' : answer.text;
  const { code, advice } = meaning(answer, subject);
  const id = answer.requestId === undefined ? '' : ` (request ${answer.requestId})`;
  return new RegistryPusherError(
    code,
    `${response.method} ${printable(response.url)}: ${answer.code ?? answer.status}: ${said}${id}. ${advice}`,
    { cause: answer },
  );
}

/** The registry's answer that an error came from, if it came from one. */
export function answerOf(error: unknown): RegistryAnswer | undefined {
  return error instanceof RegistryPusherError && error.cause instanceof RegistryAnswer ? error.cause : undefined;
}

function meaning(
  { status, text, retryAfter }: RegistryAnswer,
  subject: string,
): { code: RegistryPusherErrorCode; advice: string } {
  if (status === 401)
    return {
      code: 'REGISTRY_UNAUTHORIZED',
      advice: `Check that ${subject} exists, and the user name and password or token for it.`,
    };
  if (status === 403)
    return {
      code: 'REGISTRY_DENIED',
      advice: `These credentials may not use ${subject}: check its name and your access.`,
    };
  if (status === 400 && text === '')
    return {
      code: 'REGISTRY_DENIED',
      advice: `Heroku says this when ${subject} is not an app of this account: check the app's name, and whose key it is.`,
    };
  if (status === 404)
    return { code: 'REGISTRY_DENIED', advice: `${subject} was not found: check its name and your access.` };
  if (status === 429) {
    const wait = retryAfter === undefined ? 'later' : `in ${Math.ceil(retryAfter / 1000)} s`;
    return {
      code: 'REGISTRY_RATE_LIMITED',
      advice: `Too many requests: try again ${wait}, log in for a higher limit (docker login), or use a mirror.`,
    };
  }
  if (status >= 500) return { code: 'REGISTRY_UNREACHABLE', advice: 'The registry is in trouble: try again later.' };
  return {
    code: 'REGISTRY_PROTOCOL',
    advice: `Is ${subject} really in a registry, with no proxy that answers for it?`,
  };
}

async function readStart(response: WireResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const end = performance.now() + longestRead;
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= mostRead || performance.now() > end) break;
    }
  } catch {
    // What came before the connection broke is all that there is to say.
  }
  return Buffer.concat(chunks).subarray(0, mostRead);
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

/** Seconds or an HTTP date, which is compared with the server's own clock where it tells it. @see RFC 9110, 10.2.3 */
export function retryAfter(value: string | undefined, date?: string): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  const now = date === undefined ? Number.NaN : Date.parse(date);
  return Math.max(0, at - (Number.isNaN(now) ? Date.now() : now));
}
