export const redacted = '[REDACTED]';

/** Shorter secrets would match unrelated text. They are only redacted in known headers and fields. */
const minLength = 6;

/** Redacts known secrets in a text, in every encoding. */
export type RedactSecrets = (text: string) => string;

/**
 * Returns a function that redacts these secrets as is, URL-encoded, JSON-escaped, and in base64 of any text that contains
 * them, at any of the three byte offsets.
 */
export function createSecretRedactor(secrets: readonly string[]): RedactSecrets {
  const encodings = [...new Set(secrets.filter((secret) => secret.length >= minLength).flatMap(encodingsOf))];
  const longestFirst = encodings.toSorted((a, b) => b.length - a.length);
  return (text) => {
    let result = text;
    for (const form of longestFirst) if (result.includes(form)) result = result.replaceAll(form, redacted);
    return result;
  };
}

function encodingsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  return [
    secret,
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    ...base64Cores(secret),
  ];
}

/** Returns the base64 characters that depend only on the secret, for any number of bytes before and after it. */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((alphabet) => padded.toString(alphabet).slice(from, to));
  });
}
