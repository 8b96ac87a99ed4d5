import { redactor, type Secret } from '../secret.ts';

/** Removes secrets from text that came from a server. */
export type Redact = (text: string, secrets?: readonly Secret[]) => string;

/** An error contains little text of a server, so shorter secrets are removed from it than from a whole log. */
const shortest = 4;

/** Returns a function that removes the API key, and the secrets it's called with. */
export function redactApiKey(key: Secret): Redact {
  return (text, secrets = []) => redactor([key, ...secrets], shortest)(text);
}
