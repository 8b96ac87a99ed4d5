import { formsOf } from './secret-forms.ts';

const shown = '[REDACTED]';
const minLength = 4;

/**
 * Replaces secrets in a text by `[REDACTED]`: as they are, line by line, escaped for JSON and URLs, in hexadecimal and in
 * base64. Secrets that overlap or touch are replaced together. Keeps values of less than four characters, which would match
 * inside ordinary words.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.filter((secret) => secret.length >= minLength).flatMap(formsOf));
  const ranges = [...forms].filter((form) => form.length >= minLength).flatMap((form) => rangesOf(form, text));
  let redacted = '';
  let at = 0;
  let covered = -1;
  for (const [start, end] of ranges.sort(([a], [b]) => a - b)) {
    if (start > covered) redacted += `${text.slice(at, start)}${shown}`;
    covered = Math.max(covered, end);
    at = covered;
  }
  return redacted + text.slice(at);
}

/** Returns where a form starts and ends in a text, also where it overlaps itself. */
function rangesOf(form: string, text: string): [start: number, end: number][] {
  const ranges: [number, number][] = [];
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1))
    ranges.push([start, start + form.length]);
  return ranges;
}
