import type { Release } from './resources/release.ts';

/*
 * Releases carry no reference to the request that made them; only their description hints at it. Its wording is Heroku's
 * and not promised: `Deployed web (142013fe2b5c)`, `Rollback to v41`, `Set FOO config vars`.
 */

/** Whether a release was made by what we sent: certainly, possibly (the description tells nothing), or certainly not. */
export type Authorship = 'ours' | 'unclear' | 'foreign';

/** For a release of these images. */
export function madeByImages(imageIds: readonly string[]): (release: Release) => Authorship {
  const ours = imageIds.map((id) => id.slice('sha256:'.length, 'sha256:'.length + 12));
  return ({ description }) => {
    const named: readonly string[] = description.match(/\b[0-9a-f]{12}\b/g) ?? [];
    if (named.some((id) => ours.includes(id))) return 'ours';
    return named.length > 0 || isOfAnotherKind(description) || isRollback(description) ? 'foreign' : 'unclear';
  };
}

/** For a rollback to this version. */
export function madeByRollback(version: number): (release: Release) => Authorship {
  return ({ description }) => {
    if (isRollback(description)) return new RegExp(`\\bv?${version}\\b`).test(description) ? 'ours' : 'foreign';
    return isOfAnotherKind(description) || /^deploy/i.test(description) ? 'foreign' : 'unclear';
  };
}

function isRollback(description: string): boolean {
  return /\broll(?:ed)?[ -]?back\b/i.test(description);
}

function isOfAnotherKind(description: string): boolean {
  return (
    /\bconfig vars?\b/i.test(description) ||
    /^(?:set|remove|unset|add|attach|detach|enable|disable|upgrade|promote|initial)\b/i.test(description)
  );
}
