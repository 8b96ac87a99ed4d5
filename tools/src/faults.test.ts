import { expect, test } from 'vitest';
import {
  citationProblems,
  citationsIn,
  coverage,
  coveredFaults,
  faultLayers,
  readCitations,
  uncitedFaults,
  type Citation,
} from './faults.ts';
import { workspaceRoot } from './workspace.ts';

const file = 'packages/deploy/src/a.test.ts';

function cite(title: string, path = file): Citation[] {
  return citationsIn(path, `test('breaks ${title}', () => {});`);
}

test('reads one number, several numbers and ranges, each with its layer', () => {
  expect(cite('(fault 12, registry-pusher)')).toEqual([
    { file, text: '(fault 12, registry-pusher)', faults: [12], layer: 'registry-pusher' },
  ]);
  expect(cite('(faults 1, 2 and 26, sandbox) (%s)')).toMatchObject([{ faults: [1, 2, 26], layer: 'sandbox' }]);
  expect(cite('(faults 1, 2, and 26, sandbox)')).toMatchObject([{ faults: [1, 2, 26], layer: 'sandbox' }]);
  expect(cite('(faults 53–55, deploy) (fault 9, cli)')).toMatchObject([
    { faults: [53, 54, 55], layer: 'deploy' },
    { faults: [9], layer: 'cli' },
  ]);
  expect(cite('(faults 1, 2 and 26)')).toMatchObject([{ faults: [1, 2, 26], layer: undefined }]);
});

test('ignores comments', () => {
  expect(citationsIn(file, '  // as in (fault 90, deploy)\n /** (fault 91, deploy) */\n')).toEqual([]);
});

test('reports a citation without a layer or with an unknown one', () => {
  expect(citationProblems([...cite('(fault 71)'), ...cite('(fault 71, deplyo)'), ...cite('(fault 71: late)')])).toEqual(
    [
      `${file}: (fault 71): no layer: name deploy or gitlab`,
      `${file}: (fault 71, deplyo): unknown layer: name deploy or gitlab`,
      `${file}: (fault 71: late): unknown layer: name deploy or gitlab`,
    ],
  );
});

test('reports a layer that the tests of a package don’t exercise', () => {
  const client = 'packages/heroku-client/src/a.test.ts';
  expect(citationProblems(cite('(fault 71, deploy)', client))).toEqual([
    `${client}: (fault 71, deploy): tests here don't exercise deploy: name heroku-client`,
  ]);
  expect(citationProblems(cite('(fault 71, heroku-client)', client))).toEqual([]);
  expect(citationProblems(cite('(fault 71, deploy)', 'e2e/src/a.test.ts'))).toEqual([]);
});

test('reports a number without a fault', () => {
  expect(citationProblems(cite('(faults 0, 194, deploy)'))).toEqual([
    `${file}: (faults 0, 194, deploy): no fault has the number 0`,
    `${file}: (faults 0, 194, deploy): no fault has the number 194`,
  ]);
});

test('a fault is covered only by a citation with its own layer', () => {
  const citations = [
    ...cite('(faults 71–73, heroku-client)'),
    ...cite('(faults 72, deploy)'),
    ...cite('(fault 1)'),
    ...cite('(fault 88, gitlab)'),
  ];
  expect([...coveredFaults(citations)]).toEqual([72, 88]);
});

test('every test cites faults with the layer that it exercises', () => {
  expect(citationProblems(readCitations(workspaceRoot))).toEqual([]);
});

test('the list of uncited faults is exact', () => {
  const covered = coveredFaults(readCitations(workspaceRoot));
  console.log(['Faults covered by tests', ...coverage(covered)].join('\n  '));
  expect([...faultLayers.keys()].filter((number) => !covered.has(number))).toEqual(uncitedFaults);
});
