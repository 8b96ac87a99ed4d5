import { expect, test } from 'vitest';
import { citedFaults, coverage, faultCount, faultsOfTests, uncitedFaults } from './faults.ts';
import { workspaceRoot } from './workspace.ts';

test('one number, several, a range, each in a title and not in a comment', () => {
  const text = `
    // as in (fault 90)
    /** (fault 91) */
    test('breaks (fault 12)', () => {});
    test('breaks (faults 1, 2 and 26) (%s)', () => {});
    test('breaks (faults 53–55)', () => {});
  `;
  expect(citedFaults(text)).toEqual([12, 1, 2, 26, 53, 54, 55]);
});

test('no fault that was covered is lost', () => {
  const cited = faultsOfTests(workspaceRoot);
  const inWords = (name: string, from: number, to: number) => {
    const { cited: found, of } = coverage(cited, from, to);
    return `${name} (${from}–${to}): ${found.length} of ${of}`;
  };
  console.log(
    [
      'Faults cited by tests',
      inWords('registry push', 1, 36),
      inWords('layers', 37, 57),
      inWords('the rest', 58, 95),
    ].join('\n  '),
  );
  expect(coverage(cited, 1, faultCount).missing.filter((n) => !uncitedFaults.includes(n))).toEqual([]);
});
