import { parseReleaseDescription, type Release } from '@tozo/heroku-client';
import { mayRun, type Observations, type OwnObservations, ownReleases } from './observations.ts';

/**
 * Returns a warning for each release of others that failed in the meantime, the oldest first. Heroku keeps the config vars
 * of a failed release, and the next release of anyone puts them into effect.
 * @param meanwhile `during this deploy`
 */
export function warnOfFailedOthers(seen: OwnObservations & Pick<Observations, 'others'>, meanwhile: string): string[] {
  const live = [...ownReleases(seen), ...seen.others].filter(({ status }) => status === 'succeeded');
  return seen.others
    .filter((release) => !mayRun(release))
    .toReversed()
    .map((failed) => {
      const { version, user, description, status } = failed;
      const what = description ? ` ("${description}")` : '';
      return `${user ?? 'Someone else'} released v${version}${what} ${meanwhile}, and it ${status}.${keptValues(failed, live)}`;
    });
}

function keptValues({ version, description }: Release, live: readonly Release[]): string {
  const found = parseReleaseDescription(description);
  const configVars = found.kind === 'change' && found.configVars;
  if (!configVars) return '';
  const names = configVars.length > 0 ? `the values of ${configVars.join(', ')}` : 'its config vars';
  const later = live.filter((release) => release.version > version);
  // A rollback brings back the values of its target.
  if (later.some((release) => parseReleaseDescription(release.description).kind === 'rollback')) return '';
  return later.length > 0
    ? ` Heroku kept ${names}, and they are in effect since v${Math.min(...later.map((release) => release.version))}.`
    : ` Heroku keeps ${names}, and they go into effect with the next release.`;
}
