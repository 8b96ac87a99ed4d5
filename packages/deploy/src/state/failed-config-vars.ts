import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import { failedSinceCurrent } from './releases.ts';

/**
 * Returns the names of the config vars that a failed release set or removed after the current release. The API shows their
 * new values, but nothing runs with them.
 */
export function configVarsNotInEffect(releases: readonly Release[]): string[] {
  const names = failedSinceCurrent(releases).flatMap(({ description }) => changedConfigVars(description));
  return [...new Set(names)].sort();
}

/** Returns the names in a description such as `Set LOG_LEVEL, TOKEN, Remove DEBUG config vars`. */
export function changedConfigVars(description: string): readonly string[] {
  const found = parseReleaseDescription(description);
  return (found.kind === 'change' && found.configVars) || [];
}
