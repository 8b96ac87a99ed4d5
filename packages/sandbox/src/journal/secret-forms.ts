// How programs write a secret down: the same text escaped, encoded, wrapped or joined.

/** Returns the ways to write a secret. Some are parts of it that are secret by themselves, such as the lines of a key. */
export function formsOf(secret: string): string[] {
  const whole = [secret, secret.trim()];
  const texts = [...whole, Buffer.from(secret).toString(), ...lineFormsOf(secret)];
  const encoded = whole.flatMap((text) => [...hexOf(text), ...base64Of(text)]);
  return unique([...texts, ...unique(texts).flatMap((text) => [...jsonOf(text), ...urlOf(text)]), ...encoded]);
}

/** Each line, and all lines joined as shells, forms and editors join them. */
function lineFormsOf(secret: string): string[] {
  const lines = secret.split(/\r\n|\r|\n/);
  if (lines.length === 1) return [];
  const joined = [' ', '', '\n', '\r\n'].map((separator) => lines.join(separator));
  return [...lines.map((line) => line.trim()), ...joined, secret.trim().replaceAll(/\s+/g, ' ')];
}

/** In JSON and in JSON within JSON, as different libraries escape it. */
function jsonOf(text: string): string[] {
  const unicode = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const styles: readonly ((json: string) => string)[] = [
    (json) => json,
    (json) => json.replaceAll('/', '\\/'),
    (json) => json.replaceAll(/[<>&\u2028\u2029]/g, unicode),
    // Without the flag u, each half of a pair is escaped by itself.
    (json) => json.replaceAll(/[^\0-\x7f]/g, unicode),
  ];
  const quote = (value: string) => JSON.stringify(value).slice(1, -1);
  return styles.flatMap((style) => [style(quote(text)), style(quote(style(quote(text))))]);
}

function urlOf(text: string): string[] {
  const component = encodeURIComponent(Buffer.from(text).toString());
  const strict = component.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const path = strict.replaceAll('%2F', '/');
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const twice = encodeURIComponent(component);
  const escaped = [component, strict, path, encodeURI(Buffer.from(text).toString()), form, twice];
  return escaped.flatMap((url) => [url, url.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]);
}

function hexOf(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  return [hex, hex.toUpperCase()];
}

/** In base64 of any text that contains it, and in base64 of common texts with its end and padding, wrapped or not. */
function base64Of(text: string): string[] {
  const common = ['', ':', '_:'].map((before) => Buffer.from(`${before}${text}`));
  const ends = common.flatMap(inBothAlphabets);
  const wrapped = ends.flatMap((end) => [64, 76].flatMap((width) => wrap(end, width)));
  const found = [...ends, ...wrapped, ...base64Cores(text)];
  return [...found, ...found.map(encodeURIComponent)];
}

/** Returns the base64 characters that depend only on the secret, for any number of bytes before and after it. */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    return inBothAlphabets(padded).map((base64) => base64.slice(from, to));
  });
}

const inBothAlphabets = (bytes: Buffer): string[] => [bytes.toString('base64'), bytes.toString('base64url')];

function wrap(text: string, width: number): string[] {
  if (text.length <= width) return [];
  return Array.from({ length: Math.ceil(text.length / width) }, (_, line) =>
    text.slice(line * width, (line + 1) * width),
  );
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];
