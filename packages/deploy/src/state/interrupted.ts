import { parseReleaseDescription, type Release, shortImageId } from '@tozo/heroku-client';
import type { CurrentState, InterruptedAttempt } from './current-state.ts';
import { changedConfigVars } from './failed-config-vars.ts';

/**
 * Returns the release that was current before a killed deploy, if everything that went live since is that deploy's. A release
 * of someone else is never undone.
 * @param declared the config vars of deploy.json
 */
export function interruptedBaseline(
  { interrupted, releases }: Pick<CurrentState, 'interrupted' | 'releases'>,
  declared: readonly string[],
): Release | undefined {
  const baseline = releases.find(({ id }) => id === interrupted?.baseline?.id);
  if (!interrupted || !baseline) return undefined;
  const since = releases.filter(({ version, status }) => version > baseline.version && status === 'succeeded');
  return since.every((release) => isOfAttempt(release, interrupted, declared)) ? baseline : undefined;
}

function isOfAttempt({ description }: Release, { images }: InterruptedAttempt, declared: readonly string[]): boolean {
  const found = parseReleaseDescription(description);
  if (found.kind === 'deploy') {
    const ids = Object.values(images).map(shortImageId);
    return found.imageIds.length > 0 && found.imageIds.every((id) => ids.includes(id));
  }
  const names = changedConfigVars(description);
  return found.kind === 'change' && names.length > 0 && names.every((name) => declared.includes(name));
}
