import { expect, test } from 'vitest';
import { livenessOf, livenessTable } from './liveness.ts';

const startedAt = { yes: 1, no: null, unknown: undefined };

test.each(livenessTable)('a deployment that is $status, started: $started, counts as $liveness', (row) => {
  expect(livenessOf({ status: row.status, startedAt: startedAt[row.started] })).toBe(row.liveness);
  expect(row.source).toMatch(/ https:\/\//);
});

test('what GitLab may add later, or never combines today, may be live', () => {
  expect(livenessOf({ status: 'canceling', startedAt: 1 })).toBe('maybe');
  expect(livenessOf({ status: 'blocked', startedAt: 1 })).toBe('maybe');
  expect(livenessOf({ status: 'created', startedAt: 1 })).toBe('maybe');
});
