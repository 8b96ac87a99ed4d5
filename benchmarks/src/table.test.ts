import { expect, test } from 'vitest';
import type { Measurement } from './measure.ts';
import { missedGoals, ratioTable, secondsTable, type Series } from './table.ts';

const theirs = series('docker build', [
  { build: 8, push: 2, released: 11, responded: 20, ended: 11, sentBytes: 40e6 },
  { build: 18, push: 2, released: 21, responded: 30, ended: 21, sentBytes: 40e6 },
  { build: 8, push: 4, released: 13, responded: 20, ended: 13, sentBytes: 41e6 },
]);
const ours = series('tozo deploy', [
  { build: 0.5, push: 0.2, released: 1.1, responded: 10, ended: 12, sentBytes: 4000 },
  { build: 0.5, push: 0.2, released: 1.1, responded: 9, ended: 12, sentBytes: 4000 },
  { build: 0.5, push: 0.2, released: 1.3, responded: 12, ended: 12, sentBytes: 4000 },
]);

function series(name: string, measurements: readonly Measurement[]): Series {
  return { name, measurements };
}

test('computes ratios round by round, not between medians', () => {
  const row = ratioTable(ours, theirs).split('\n')[2];
  expect(row).toBe(
    '| whole job, until the new version responds | 0.500 | 0.300 | 0.600 | 0.300 | 0.500 | 0.600 | ≤ 0.5 |',
  );
});

test('shows the median of seconds and bytes, with their range', () => {
  const rows = secondsTable([theirs, ours]).split('\n');
  expect(rows[0]).toBe('|  | docker build | tozo deploy |');
  expect(rows[4]).toBe('| build and push, s | 12.00 (10.00–20.00) | 0.70 (0.70–0.70) |');
  expect(rows.at(-1)).toBe('| sent to the registry, MB | 40.000 (40.000–41.000) | 0.004 (0.004–0.004) |');
});

test('a median at the goal meets it', () => {
  expect(missedGoals(ours, theirs)).toEqual([]);
});

test('reports a missed goal with the median', () => {
  const slower = series(
    'tozo deploy',
    ours.measurements.map((one) => ({ ...one, push: 1 })),
  );
  expect(missedGoals(slower, theirs)).toEqual(['push: 0.500 × docker build, the goal is at most 0.15 ×']);
});

test('the median of an even number of rounds is between the middle two', () => {
  const two = (all: Series) => series(all.name, all.measurements.slice(0, 2));
  expect(ratioTable(two(ours), two(theirs))).toContain('| 0.500 | 0.300 | 0.300 | 0.400 | 0.500 | ≤ 0.5 |');
});
