import { isRecord } from '../http/exchange.ts';
import { type Duration, timeError, toMilliseconds } from './duration.ts';
import { parseTime } from './sandbox-time.ts';

/** How to move a sandbox's time forward: by a duration, or to a time in ISO format. */
export type TimeMove = { readonly by: Duration } | { readonly to: string };

/**
 * Returns a valid move.
 * @throws SandboxError OPTION_INVALID
 */
export function parseTimeMove(value: unknown): TimeMove {
  if (!isRecord(value) || Object.keys(value).length !== 1) throw timeError('a move has either by or to');
  const { by, to } = value;
  if (typeof to === 'string') {
    parseTime(to);
    return { to };
  }
  if (!isRecord(by)) throw timeError('by must be a duration, such as { "minutes": 30 }, and to a time');
  toMilliseconds(by);
  return { by };
}
