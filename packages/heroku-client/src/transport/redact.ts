import { createRedactor } from '../redaction/redactor.ts';
import type { Secret } from '../secret.ts';

/** Removes secrets from text that came from a server. */
export type Redact = (text: string, secrets?: readonly Secret[]) => string;

/** Errors quote little text, so even short secrets are removed from it. */
const shortest = 4;

/** Returns a function that removes the API key, and the secrets it's called with. */
export function redactApiKey(key: Secret): Redact {
  return (text, secrets = []) => createRedactor([key, ...secrets], { shortest }).redact(text);
}
