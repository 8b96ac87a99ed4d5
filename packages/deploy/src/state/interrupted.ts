import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import type { Attempt } from './attempts.ts';
import type { CurrentState } from './current-state.ts';
import { changedConfigVars } from './failed-config-vars.ts';

/**
 * Returns the release that was current before a killed deploy, or `none` if no image ran before it. Undefined unless everything
 * that went live since is that deploy's: a release of someone else is never undone.
 * @param declared the config vars of deploy.json
 */
export function interruptedBaseline(
  { interrupted, releases }: Pick<CurrentState, 'interrupted' | 'releases'>,
  declared: readonly string[],
): Release | 'none' | undefined {
  if (!interrupted) return undefined;
  const isOurs = (release: Release): boolean => isOfAttempt(release, interrupted, declared);
  const live = releases.filter(({ status }) => status === 'succeeded');
  if (!interrupted.baseline) {
    return live.filter(({ description }) => parseReleaseDescription(description).kind !== 'change').every(isOurs)
      ? 'none'
      : undefined;
  }
  const baseline = releases.find(({ id }) => id === interrupted.baseline?.id);
  return baseline && live.filter(({ version }) => version > baseline.version).every(isOurs) ? baseline : undefined;
}

function isOfAttempt({ description }: Release, { images }: Attempt, declared: readonly string[]): boolean {
  const found = parseReleaseDescription(description);
  if (found.kind === 'deploy') {
    const ids = Object.values(images).map(shortImageId);
    return found.imageIds.length > 0 && found.imageIds.every((id) => ids.includes(id));
  }
  const names = changedConfigVars(description);
  return found.kind === 'change' && names.length > 0 && names.every((name) => declared.includes(name));
}
