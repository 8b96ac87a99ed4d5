import { expect, test } from 'vitest';
import type { Step } from './history.ts';
import { findLastChange } from './last-change.ts';

/** `c3 < c2 *` is a step from c2 to c3 that changes the app. Children come first. */
function steps(...lines: string[]): Step[] {
  return lines.map((line) => {
    const [, commit = '', parent, change] = /^(\S+)(?: < (\S+))?( \*)?$/.exec(line) ?? [];
    return { commit, parent, files: change ? ['app'] : ['docs'], contents: ['x'] };
  });
}
const find = (since: string | undefined, ...lines: string[]): string | undefined =>
  findLastChange(steps(...lines), ({ files }) => files.includes('app'), since);

test.each<[string, string | undefined, string[], string]>([
  ['the newest commit with a change', 'c1', ['c4 < c3', 'c3 < c2 *', 'c2 < c1 *'], 'c3'],
  ['where the history ends, if nothing changed after it', 'c1', ['c3 < c2', 'c2 < c1'], 'c1'],
  ['the first commit of the repository', undefined, ['c2 < c1', 'c1 *'], 'c1'],
  ['the oldest commit read, if the history goes on', undefined, ['c3 < c2', 'c2 < c1'], 'c2'],
  ['a merge that brings a change', 'c1', ['m < c2 *', 'm < f', 'f < c1 *', 'c2 < c1'], 'm'],
  [
    'the change before an old branch that only changes something else is merged',
    'c1',
    ['m < c2', 'm < f *', 'f < c1', 'c2 < c1 *'],
    'c2',
  ],
  [
    'a commit behind which a branch changed it and changed it back',
    'c1',
    ['m < x', 'm < s2', 's2 < s1 *', 's1 < c1 *', 'x < c1'],
    'x',
  ],
  [
    'where the history ends, if a branch from before it is merged and nothing changed',
    'c2',
    ['m < x', 'm < c2', 'x < c1'],
    'c2',
  ],
  ['a merge that drops the change of its other branch', 'c1', ['m < f', 'm < c2 *', 'f < c1', 'c2 < c1 *'], 'f'],
])('finds %s', (_, since, lines, expected) => {
  expect(find(since, ...lines)).toBe(expected);
});

test('is where the history ends without a step', () => {
  expect(find('c1')).toBe('c1');
});

test('asks about the very steps that it was given', () => {
  const given = steps('c3 < c2', 'c2 < c1');
  const isKnown = (step: Step) => !given.includes(step);
  expect(findLastChange(given, isKnown, 'c1')).toBe('c1');
});
