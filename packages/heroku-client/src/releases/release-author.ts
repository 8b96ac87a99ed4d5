import { parseReleaseDescription, shortImageId } from './release-description.ts';
import type { Release } from './release.ts';

/** Whether our request made a release. Releases don't refer to requests, so only their descriptions can tell. */
export type Authorship = 'ours' | 'unclear' | 'foreign';

/** Returns a function that judges who made a release, after a request to release these images. */
export function madeByImages(imageIds: readonly string[]): (release: Release) => Authorship {
  const ours = imageIds.map(shortImageId);
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    if (found.kind === 'unknown') return 'unclear';
    if (found.kind !== 'deploy') return 'foreign';
    if (found.imageIds.length === 0) return 'unclear';
    return found.imageIds.some((id) => ours.includes(id)) ? 'ours' : 'foreign';
  };
}

/** Returns a function that judges who made a release, after a request to roll back to this version. */
export function madeByRollback(version: number): (release: Release) => Authorship {
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    if (found.kind === 'unknown') return 'unclear';
    if (found.kind !== 'rollback') return 'foreign';
    if (found.version === undefined) return 'unclear';
    return found.version === version ? 'ours' : 'foreign';
  };
}

/** Returns a function that judges who made a release, after a request to change these config vars. */
export function madeByConfigVars(names: readonly string[]): (release: Release) => Authorship {
  return ({ description }) => {
    const found = parseReleaseDescription(description);
    if (found.kind === 'unknown') return 'unclear';
    if (found.kind !== 'change' || found.configVars === undefined) return 'foreign';
    // Heroku names only the config vars whose values changed.
    if (found.configVars.length === 0) return 'unclear';
    return found.configVars.every((name) => names.includes(name)) ? 'ours' : 'foreign';
  };
}
