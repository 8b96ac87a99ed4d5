/* Servers and proxies quote what a request contained, as it was sent or in the notation of their error's format. */

const shown = '[REDACTED]';
/** Shorter secrets would match inside ordinary words. */
const minLength = 4;

/**
 * Replaces secrets in a text by `[REDACTED]`: as they are, escaped for JSON, URLs and HTML, in hexadecimal, and in base64 at any
 * offset of another text.
 */
export function redact(text: string, secrets: Iterable<string>): string {
  const forms = [...secrets].filter((secret) => secret.length >= minLength).flatMap(patternsOf);
  return forms.length === 0 ? text : text.replaceAll(new RegExp(`(?:${forms.join('|')})+`, 'g'), shown);
}

/** Returns the secrets in the value of an Authorization header. */
export function secretsIn(authorization: string): string[] {
  const [scheme = '', value = ''] = authorization.split(' ');
  if (scheme.toLowerCase() !== 'basic') return [value];
  const decoded = Buffer.from(value, 'base64').toString();
  return [value, decoded, decoded.slice(decoded.indexOf(':') + 1)];
}

function patternsOf(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  const longestFirst = [...base64Forms(secret), secret].sort((a, b) => b.length - a.length);
  return [hex, hex.toUpperCase(), ...longestFirst.map((form) => Array.from(form, patternOf).join(''))];
}

/** Returns a pattern of a character in any notation, also in several of them, one inside the other. */
function patternOf(char: string): string {
  if (/\w/.test(char)) return char;
  const percent = ignoreCase(encodeURIComponent(isHalf(char) ? '\ufffd' : char).replaceAll('%', '%(?:25)*'));
  const codes = Array.from({ length: char.length }, (_, at) => char.charCodeAt(at).toString(16).padStart(4, '0'));
  const named = entities[char];
  return `(?:${[
    `\\\\*${char.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}`,
    ...(char.length === 1 && char < '\x80' ? [`%(?:25)*${ignoreCase(hexOf(char))}`] : [percent]),
    ignoreCase(codes.map((code) => `\\\\+u${code}`).join('')),
    ...(named === undefined ? [] : [`&(?:amp;)*${named};`]),
    ...(char === ' ' ? ['\\+'] : []),
  ].join('|')})`;
}

const entities: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#0?39' };

function hexOf(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, '0');
}

function isHalf(char: string): boolean {
  return /^[\ud800-\udfff]$/.test(char);
}

function ignoreCase(pattern: string): string {
  return pattern.replaceAll(/[a-fA-F]/g, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`);
}

/** Returns the whole of a text in base64, and what stays the same with any number of bytes before and after it. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const offsets = [0, 1, 2].map((before) => Buffer.concat([Buffer.alloc(before), bytes]));
  return (['base64', 'base64url'] as const).flatMap((encoding) => [
    bytes.toString(encoding),
    ...offsets.map((all, before) =>
      all.toString(encoding).slice(Math.ceil((before * 8) / 6), Math.floor((all.length * 8) / 6)),
    ),
  ]);
}
