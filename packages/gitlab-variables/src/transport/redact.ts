const minLength = 4;

/**
 * Replaces secrets in a text by `[REDACTED]`, whether plain, JSON-escaped, URL-encoded or in base64. Keeps values of less than
 * four characters, which would match inside ordinary words.
 */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= minLength)
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(Buffer.from(secret).toString()),
      Buffer.from(secret).toString('base64'),
    ])
    .sort((a, b) => b.length - a.length)
    .reduce((redacted, form) => redacted.replaceAll(form, '[REDACTED]'), text);
}
