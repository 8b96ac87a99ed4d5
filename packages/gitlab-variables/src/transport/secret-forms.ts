/* The forms in which errors of servers and proxies quote a secret. */

/** Returns every text that shows a secret, or a line of it. */
export function formsOf(secret: string): string[] {
  const lines = secret.split(/\r\n|\r|\n/);
  const joined = [' ', '', '\n'].map((separator) => lines.join(separator));
  const whole = [secret, secret.trim()];
  const texts = [...whole, ...lines.map((line) => line.trim()), ...joined, secret.trim().replaceAll(/\s+/g, ' ')];
  const encoded = whole.flatMap((text) => [...hexForms(text), ...base64Forms(text)]);
  return [...new Set([...texts, ...texts.flatMap((text) => [...jsonForms(text), ...urlForms(text)]), ...encoded])];
}

/** In JSON and in JSON within JSON, as JavaScript, PHP, Go and Python write it. */
function jsonForms(text: string): string[] {
  const escapeCode = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const styles: readonly ((json: string) => string)[] = [
    (json) => json,
    (json) => json.replaceAll('/', '\\/'),
    (json) => json.replaceAll(/[<>&]/g, escapeCode),
    (json) => json.replaceAll(/[^\0-\x7f]/g, escapeCode),
  ];
  return styles.flatMap((style) => {
    const once = style(JSON.stringify(text).slice(1, -1));
    return [once, style(JSON.stringify(once).slice(1, -1))];
  });
}

function urlForms(text: string): string[] {
  const valid = Buffer.from(text).toString(); // half characters would throw
  const encoded = encodeURIComponent(valid);
  const strict = encoded.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([['', valid]]).toString().slice(1);
  const forms = [encoded, strict, strict.replaceAll('%2F', '/'), encodeURI(valid), form, encodeURIComponent(encoded)];
  return forms.flatMap((url) => [url, url.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]);
}

function hexForms(text: string): string[] {
  const hex = Buffer.from(text).toString('hex');
  return [hex, hex.toUpperCase()];
}

/** In base64 with its end and padding, also wrapped, and the characters that it determines at any offset in another text. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  const ends = ['', ':', '_:'].flatMap((user) => base64Of(Buffer.from(`${user}${text}`)));
  const wrapped = ends.flatMap((end) =>
    [64, 76].flatMap((width) => end.match(new RegExp(`.{${width}}|.+$`, 'g')) ?? []),
  );
  const cores = [0, 1, 2].flatMap((before) =>
    base64Of(Buffer.concat([Buffer.alloc(before), bytes])).map((whole) =>
      whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)),
    ),
  );
  const forms = [...ends, ...wrapped, ...cores];
  return [...forms, ...forms.map(encodeURIComponent)];
}

const base64Of = (bytes: Buffer): string[] => [bytes.toString('base64'), bytes.toString('base64url')];
