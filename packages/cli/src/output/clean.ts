import type { Redaction } from './redaction.ts';

/** The longest text shown, in characters. A line of an app's log is as long as the app likes. */
const longestText = 16_384;
/** What is searched for secrets: enough for those that cross `longestText`. */
const longestSearched = 4 * longestText;

/** The fields whose values are words of this command, never data. */
const ownWords = new Set(['type', 'step', 'outcome', 'kind', 'target', 'by', 'builder', 'rollback', 'code']);

/** Returns a plain value in which no string contains a secret. */
export function redactStrings<T>(value: T, { redact }: Redaction): T {
  return mapStrings(value, redact);
}

/** Returns a plain value in which no string contains a secret or is longer than can be shown. */
export function cleanStrings<T>(value: T, { redact }: Redaction): T {
  return mapStrings(value, (text) => {
    if (text.length <= longestText) return redact(text);
    return `${redact(text.slice(0, longestSearched)).slice(0, longestText)}… (cut: ${text.length} characters)`;
  });
}

function mapStrings<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapStrings(item, change)) as T;
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => [
    change(key),
    ownWords.has(key) && typeof item === 'string' ? item : mapStrings(item, change),
  ]);
  return Object.fromEntries(entries) as T;
}
