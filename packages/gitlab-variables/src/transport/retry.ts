import { GitlabVariablesError } from '../variable/errors.ts';
import { describeCause } from './connection-error.ts';
import type { HttpResponse } from './undici.ts';

const maxAttempts = 5;
const maxWait = 15 * 60_000;

/** Returns the milliseconds to wait before the next attempt, or undefined when there should be none. */
export function waitBeforeRetry(
  method: string,
  outcome: HttpResponse | GitlabVariablesError,
  attempts: number,
): number | undefined {
  if (attempts >= maxAttempts) return undefined;
  // A POST that may have arrived isn't repeated: it could create something twice. 429 says that it wasn't carried out.
  const isRepeatable = method !== 'POST';
  if (outcome instanceof GitlabVariablesError)
    return isRepeatable && isTransientError(outcome) ? backoff(250, attempts) : undefined;
  const { status, headers } = outcome;
  const requested = retryAfter(headers);
  if (requested !== undefined && requested > maxWait) return undefined;
  if (status === 429) return requested ?? backoff(1_000, attempts);
  return isRepeatable && [500, 502, 503, 504].includes(status) ? (requested ?? backoff(250, attempts)) : undefined;
}

/**
 * Returns the milliseconds in a `Retry-After` header, given in seconds or as a date; undefined without a valid one.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after']?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Returns whether a retry may succeed. A refused or untrusted connection stays so. */
function isTransientError({ code, cause }: GitlabVariablesError): boolean {
  return code === 'TIMEOUT' || (code === 'UNREACHABLE' && transientCodes.has(describeCause(cause).code));
}

const transientCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function backoff(first: number, attempts: number): number {
  return Math.min(60_000, first * 2 ** (attempts - 1)) * (0.5 + Math.random() / 2);
}
