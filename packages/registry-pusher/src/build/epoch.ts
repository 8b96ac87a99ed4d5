import { RegistryPusherError } from '../image/errors.ts';

/** The last second that a tar header can hold, in the year 2242. */
const latest = 0o77777777777;

/**
 * The time that every entry of an image is given, in seconds since 1970; 0 when none is asked for.
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 * @throws RegistryPusherError CONTEXT_INVALID
 */
export function requireEpoch(epoch = 0): number {
  if (Number.isSafeInteger(epoch) && epoch >= 0 && epoch <= latest) return epoch;
  throw invalid(String(epoch));
}

/**
 * Reads SOURCE_DATE_EPOCH as it stands in the environment; undefined when it is not set.
 * @throws RegistryPusherError CONTEXT_INVALID
 */
export function parseSourceDateEpoch(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,11}$/.test(text)) throw invalid(text);
  return requireEpoch(Number(text));
}

function invalid(text: string): RegistryPusherError {
  return new RegistryPusherError(
    'CONTEXT_INVALID',
    `SOURCE_DATE_EPOCH is "${text}", which is not a number of seconds since 1970. Set it to one, or do not set it.`,
  );
}
