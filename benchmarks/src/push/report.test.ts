import { expect, test } from 'vitest';
import { caseTable, type CaseResult, missed } from './report.ts';

const changed: CaseResult = {
  name: 'one line changed',
  roundTrip: 40,
  seconds: {
    floor: [1, 1, 1],
    'registry-pusher': [1.2, 2, 1.4],
    containerify: [10, 10],
    'docker build': [30],
    'docker build (BuildKit)': [20],
  },
  goal: { 'docker build': 0.05, floor: 1.5, containerify: 0.2 },
};

test('computes ratios for the rounds of both ways', () => {
  const row = caseTable([changed]).split('\n')[2];
  expect(row).toBe(
    '| one line changed | 40 | 1.00 (1.00–1.00) | 1.40 (1.20–2.00) | 10.00 (10.00–10.00) | 30.00 (30.00–30.00) | 20.00 (20.00–20.00) | 1.400 | 0.160 | 0.040 | 0.060 | met: ≤ 0.05 × docker build, ≤ 1.5 × floor, ≤ 0.2 × containerify |',
  );
});

test('a goal is missed if one of its ratios is too large', () => {
  const goal = { 'docker build': 0.05, 'docker build (BuildKit)': 0.05 };
  expect(missed([{ ...changed, goal }])).toEqual([
    'one line changed, 40 ms: missed: ≤ 0.05 × docker build, ≤ 0.05 × docker build (BuildKit)',
  ]);
});

test('a goal without anything to compare with is neither met nor missed', () => {
  const alone = { ...changed, seconds: { 'registry-pusher': [1] } };
  expect(missed([alone])).toEqual([]);
  expect(caseTable([alone]).split('\n')[2]).toMatch(/\| {2}\|$/);
});
