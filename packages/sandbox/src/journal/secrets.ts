export const cut = '[cut]';

/** Shorter ones would cut what merely looks like them; they are cut where a header or a field holds them. */
const minLength = 6;

/** Cuts given secrets out of a text, wherever they stand and in each way of writing them. */
export type CutSecrets = (text: string) => string;

/**
 * @param secrets are cut as they are, URL-encoded, JSON-escaped, and in base64 of whatever they stand in, at any of the
 * three places at which a byte can stand in base64
 */
export function secretsCutter(secrets: readonly string[]): CutSecrets {
  const written = [...new Set(secrets.filter((secret) => secret.length >= minLength).flatMap(writings))];
  const longestFirst = written.toSorted((a, b) => b.length - a.length);
  return (text) => {
    let left = text;
    for (const form of longestFirst) if (left.includes(form)) left = left.replaceAll(form, cut);
    return left;
  };
}

function writings(secret: string): string[] {
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

/** The characters of a base64 text that the secret alone decides, however many bytes stand before and after it. */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((before) => {
    const standing = Buffer.concat([Buffer.alloc(before), bytes]);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor((standing.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((alphabet) => standing.toString(alphabet).slice(from, to));
  });
}
