/*
 * GitLab has no field for who manages a variable, so the description ends with it: `Deploys to Heroku (managed by shop)`. A person
 * who removes that text takes the variable over.
 */

/** An owner's name: letters, digits and `._/-`. */
export const ownerGrammar = /^[\w./-]{1,100}$/;

const mark = /^(?<text>.*?) ?\(managed by (?<owner>[\w./-]{1,100})\)$/su;

/** Splits GitLab's description into what people wrote and the owner. */
export function parseDescription(stored: string | null): {
  readonly description: string | null;
  readonly owner?: string;
} {
  const { text, owner } = mark.exec(stored ?? '')?.groups ?? {};
  return owner === undefined ? { description: stored || null } : { description: text || null, owner };
}

/** Returns the description to store, at most 255 characters if the two are short enough. */
export function formatDescription(description: string | null, owner: string | undefined): string {
  if (owner === undefined) return description ?? '';
  return description === null ? `(managed by ${owner})` : `${description} (managed by ${owner})`;
}
