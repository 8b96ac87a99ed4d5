import { RegistryPusherError } from '../image/errors.ts';

/** The maximum of a tar header, in the year 2242. */
const maxEpoch = 0o77777777777;

/**
 * Returns the time of an image's entries, in seconds since 1970.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 * @throws RegistryPusherError CONTEXT_INVALID
 */
export function assertEpoch(epoch = 0): number {
  if (Number.isSafeInteger(epoch) && epoch >= 0 && epoch <= maxEpoch) return epoch;
  throw epochInvalidError(String(epoch));
}

/**
 * Parses SOURCE_DATE_EPOCH from the environment.
 * @throws RegistryPusherError CONTEXT_INVALID
 */
export function parseSourceDateEpoch(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,11}$/.test(text)) throw epochInvalidError(text);
  return assertEpoch(Number(text));
}

function epochInvalidError(text: string): RegistryPusherError {
  return new RegistryPusherError(
    'CONTEXT_INVALID',
    `SOURCE_DATE_EPOCH="${text}" isn't a number of seconds since 1970. Correct it or unset it.`,
  );
}
