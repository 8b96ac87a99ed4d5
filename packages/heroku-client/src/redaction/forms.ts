/*
 * The forms in which a secret leaks: what other programs write when they print, log, quote or send it. Several encoders of
 * one kind differ only in which characters they escape; most secrets have one form per kind.
 */

/**
 * Returns every text that shows a secret.
 * @param shortest texts with fewer characters are left out
 */
export function formsOf(secret: string, shortest: number): string[] {
  if (secret.length < shortest) return [];
  const wholes = unique([secret, secret.trim()]);
  const texts = unique([...wholes, toWellFormed(secret), ...linesOf(secret)]);
  const forms = [
    ...withoutLineBreaks(secret),
    ...texts,
    ...texts.flatMap((text) => [...jsonForms(text), ...urlForms(text), htmlForm(text)]),
    ...wholes.flatMap((text) => [...hexForms(text), ...base64Forms(text)]),
  ];
  return unique(forms).filter((form) => form.length >= shortest);
}

const lineBreak = /\r\n|\r|\n/;

/** A log shows a text of several lines line by line, perhaps indented. */
function linesOf(text: string): string[] {
  return text.split(lineBreak).map((line) => line.trim());
}

/** A shell turns line breaks into blanks; a form field drops them. */
function withoutLineBreaks(text: string): string[] {
  if (!lineBreak.test(text)) return [];
  const lines = text.split(lineBreak);
  return [lines.join(' '), lines.join(''), lines.join('\n'), text.trim().split(/\s+/).join(' ')];
}

/** As in JSON, and as in JSON in a string of JSON. */
function jsonForms(text: string): string[] {
  const escapers: ((json: string) => string)[] = [
    (json) => json,
    // PHP
    (json) => json.replaceAll('/', String.raw`\/`),
    // Go
    (json) => json.replaceAll(/[<>&\u2028\u2029]/g, escapeCodeUnits),
    // Python
    (json) => json.replaceAll(/[^\0-\x7f]/g, escapeCodeUnits),
  ];
  return escapers.flatMap((escape) => {
    const once = escape(JSON.stringify(text).slice(1, -1));
    return [once, escape(JSON.stringify(once).slice(1, -1))];
  });
}

function escapeCodeUnits(text: string): string {
  return [...Array(text.length).keys()]
    .map((at) => String.raw`\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}

function urlForms(text: string): string[] {
  const valid = toWellFormed(text);
  const encoded = encodeURIComponent(valid);
  const strict = encoded.replaceAll(/[!'()*]/g, (found) => `%${found.charCodeAt(0).toString(16).toUpperCase()}`);
  const escaped = [
    encoded,
    strict,
    strict.replaceAll('%2F', '/'),
    encodeURI(valid),
    new URLSearchParams([['', valid]]).toString().slice(1),
    encodeURIComponent(encoded),
  ];
  return escaped.flatMap((form) => [form, form.replaceAll(/%[0-9A-F]{2}/g, (found) => found.toLowerCase())]);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function htmlForm(text: string): string {
  return text.replaceAll(/[&<>"']/g, (found) => entities[found]!);
}

function hexForms(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  return [hex, hex.toUpperCase()];
}

function base64Forms(text: string): string[] {
  // The whole of common texts, with their last bits and padding, also in lines as MIME and PEM have them.
  const users = lineBreak.test(text) ? [''] : ['', '_:', ':'];
  const wholes = users.flatMap((user) => base64Of(Buffer.from(`${user}${text}`)));
  const lines = wholes.flatMap((whole) => [76, 64].flatMap((width) => piecesOf(whole, width)));
  const forms = [...wholes, ...wholes.map((whole) => whole.replace(/=+$/, '')), ...lines, ...base64Cores(text)];
  return [...forms, ...unique(forms).flatMap((form) => urlForms(form).slice(0, 2))];
}

function base64Of(bytes: Buffer): string[] {
  return [bytes.toString('base64'), bytes.toString('base64url')];
}

/** Returns the characters that depend on a text alone, for any number of bytes before and after it. */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((shifted.length * 8) / 6);
    return base64Of(shifted).map((whole) => whole.slice(from, to));
  });
}

function piecesOf(text: string, width: number): string[] {
  return text.length > width ? (text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []) : [];
}

/** Returns a text with replacement characters for half characters, as UTF-8 has them. */
function toWellFormed(text: string): string {
  return Buffer.from(text).toString();
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
