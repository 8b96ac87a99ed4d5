const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Formats seconds as `3 days`, `5 h`, `10 min` or `now`. */
export function formatAge(seconds: number): string {
  if (seconds >= 2 * day) return `${Math.floor(seconds / day)} days`;
  if (seconds >= hour) return `${Math.floor(seconds / hour)} h`;
  return `${Math.max(0, Math.floor(seconds / minute))} min`;
}

const units: Readonly<Record<string, number>> = { s: 1, m: minute, h: hour, d: day };

/** Parses a duration such as `14d`, `12h`, `30m` or `0`. Returns seconds, or undefined for anything else. */
export function parseAge(text: string): number | undefined {
  if (text === '0') return 0;
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * units[unit!]!;
}

/** Two weeks: `apt-get` of a RUN brings security fixes at the latest after that time. */
export const defaultRunMaxAge = 14 * day;
