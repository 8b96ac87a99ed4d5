import { formsOf } from './secret-forms.ts';

export const redacted = '[REDACTED]';

/** Shorter secrets would match unrelated text. They are only redacted in known headers and fields. */
const minLength = 6;

/** Redacts known secrets in a text, in every encoding. */
export type RedactSecrets = (text: string) => string;

interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Returns a function that redacts these secrets as is, escaped for URLs, forms and JSON, in hex, in base64 of any text that
 * contains them, and line by line. Secrets that overlap or touch are redacted as one.
 */
export function createSecretRedactor(secrets: readonly string[]): RedactSecrets {
  const found = secrets.filter((secret) => secret.length >= minLength).flatMap(formsOf);
  const forms = [...new Set(found)].filter((form) => form.length >= minLength);
  return (text) => {
    const ranges = forms.flatMap((form) => (form.length > text.length ? [] : rangesOf(form, text)));
    return ranges.length === 0 ? text : cover(text, ranges);
  };
}

/** Returns all places of `form` in the text, also those that overlap. */
function rangesOf(form: string, text: string): Range[] {
  const ranges: Range[] = [];
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
    ranges.push({ start, end: start + form.length });
  }
  return ranges;
}

function cover(text: string, ranges: readonly Range[]): string {
  const pieces: string[] = [];
  let covered = -1;
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    if (start > covered) pieces.push(text.slice(Math.max(0, covered), start), redacted);
    covered = Math.max(covered, end);
  }
  return [...pieces, text.slice(covered)].join('');
}
