import { expect, test } from 'vitest';
import { findingsTable, missedFindings } from './finding.ts';

const findings = [
  { name: 'start, ms', values: [100, 400, 200], goal: { max: 150 } },
  { name: 'in, ÷ distribution', values: [0.7, 0.9, 0.81], digits: 2, goal: { min: 0.8 } },
  { name: 'requests a second', values: [1234.5] },
];

test('the median decides whether a goal is missed, above or below it', () => {
  expect(missedFindings(findings)).toEqual(['start, ms: 200.00, the goal is ≤ 150']);
  expect(missedFindings([{ ...findings[1]!, values: [0.7] }])).toEqual(['in, ÷ distribution: 0.70, the goal is ≥ 0.8']);
});

test('shows the median and the range, or the only number', () => {
  expect(findingsTable(findings).split('\n').slice(2)).toEqual([
    '| start, ms | 200 (100–400) | ≤ 150 |',
    '| in, ÷ distribution | 0.81 (0.70–0.90) | ≥ 0.8 |',
    '| requests a second | 1235 |  |',
  ]);
});
