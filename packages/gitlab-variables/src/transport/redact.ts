const shortest = 4;

/**
 * Replaces secrets in a text by `[REDACTED]`, as they are and JSON-escaped, URL-encoded or in base64. Values of less than
 * four characters are left alone: cutting them would shred ordinary words.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= shortest)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(Buffer.from(secret).toString()),
      Buffer.from(secret).toString('base64'),
    ])
    .sort((a, b) => b.length - a.length)
    .reduce((cut, form) => cut.replaceAll(form, '[REDACTED]'), text);
}
