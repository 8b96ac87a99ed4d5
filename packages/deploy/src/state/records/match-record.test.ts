import type { Release } from '@tozo/heroku-client';
import { shortImageId } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { releaseOf } from '../../testing/observed.ts';
import { recordOf } from '../../testing/records.ts';
import { matchRecord } from './match-record.ts';

const [v4, v5] = [recordOf(4), recordOf(5)];
const deployed = (record: typeof v4, version = record.release): Release =>
  releaseOf(version, { description: `Deployed web (${shortImageId(record.images['web']!)})` });
const releases = [deployed(v5), deployed(v4)];

test.each([
  ['its own', [v5, v4], deployed(v5), v5],
  ['the one that was gone back to', [v5, v4], releaseOf(6, { description: 'Rollback to v4' }), v4],
  ['the one before config vars changed', [v5, v4], releaseOf(6, { description: 'Set A config vars' }), v5],
  ['that of another release of the same images', [v5, v4], deployed(v4, 6), v4],
  ['a success rather than a failure', [{ ...v4, release: 3, result: 'failed' as const }, v4], deployed(v4, 6), v4],
  ['none of other images', [v4], deployed(v5), undefined],
  [
    'none of an app that was created again',
    [{ ...v5, releaseId: 'id-of-another' }],
    releaseOf(5, { description: 'v5' }),
    undefined,
  ],
  ['its own, if the description names no image', [v5, v4], releaseOf(5, { description: 'v5' }), v5],
])('the record of what runs is %s', (_, records, release, expected) => {
  expect(
    matchRecord(records, [release, ...releases.filter(({ version }) => version < release.version)], release),
  ).toEqual(expected);
});
