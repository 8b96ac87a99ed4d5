const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Returns milliseconds.
 * @param text such as `30m`, `24h` or `7d`, as deploy.json's schema accepts it
 */
export function parseDuration(text: string): number {
  return Number.parseInt(text, 10) * unitMs[text.at(-1) as keyof typeof unitMs];
}

/** Returns a duration in whole minutes, hours or days, rounded down: `45 min`, `30 h`, `3 days`. */
export function formatDuration(ms: number): string {
  if (ms < 2 * unitMs.h) return `${Math.max(0, Math.floor(ms / unitMs.m))} min`;
  return ms < 2 * unitMs.d ? `${Math.floor(ms / unitMs.h)} h` : `${Math.floor(ms / unitMs.d)} days`;
}
