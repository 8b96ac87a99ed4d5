import { type Release, shortImageId } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import type { DeployRecord } from '../state/records/record.ts';
import { earlierOf } from '../state/records/verified-releases.ts';
import { releaseOf } from '../testing/observed.ts';
import { recordOf } from '../testing/records.ts';
import { healthByRecords, type KnownHealth } from './known-health.ts';

const deployed = (version: number): Release =>
  releaseOf(version, { description: `Deployed web (${shortImageId(digestOf(`image ${version}`))})` });
const v8 = releaseOf(8, { description: 'Rollback to v5' });
const releases = [v8, deployed(7), deployed(6), deployed(5), deployed(4)];

test.each<[string, DeployRecord[], Release, KnownHealth]>([
  ['its own record says so', [recordOf(5)], deployed(5), 'verified'],
  ['a later record names it', [recordOf(7, { earlier: [{ release: 5, releaseId: 'id-5' }] })], deployed(5), 'verified'],
  ['it went back to one that was', [recordOf(7, { earlier: [{ release: 5 }] })], v8, 'verified'],
  ['it was rolled back', [recordOf(6, { result: 'rolled-back' })], deployed(6), 'unhealthy'],
  ['it stayed although it was unhealthy', [recordOf(6, { result: 'failed' })], deployed(6), 'unhealthy'],
  ['nothing could be checked', [recordOf(6, { result: 'released' })], deployed(6), 'unknown'],
  ['no record names it', [recordOf(7)], deployed(6), 'unknown'],
  [
    'another app had that version',
    [recordOf(7, { earlier: [{ release: 5, releaseId: 'other' }] })],
    deployed(5),
    'unknown',
  ],
])('the health of a release is known as far as records go: %s', (_what, records, release, expected) => {
  expect(healthByRecords(records, releases)(release)).toBe(expected);
});

test('a new record names the 30 newest releases that were verified before it', () => {
  let record = recordOf(1);
  for (let release = 2; release <= 40; release += 1) {
    const result = release === 39 ? 'released' : 'verified';
    record = recordOf(release, { result, ...earlierOf([record], release) });
  }
  const named = record.earlier?.map(({ release }) => release);
  expect(named).toEqual([38, ...Array.from({ length: 29 }, (_, index) => 37 - index)]);
  expect(record.earlier?.[0]).toEqual({ release: 38, releaseId: 'id-38', commit: recordOf(38).commit });
});
