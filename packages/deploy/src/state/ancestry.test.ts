import { digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { releaseOf } from '../testing/fake-services.ts';
import { recordOf } from '../testing/records.ts';
import { type CommitRelation, findRunningRecord, judgeAncestry } from './ancestry.ts';
import type { DeployRecords } from './records/open-records.ts';
import type { DeployRecord } from './records/record.ts';

const [earlier, running] = [recordOf(4), recordOf(5)];

test.each<[CommitRelation, DeployRecord | undefined, string]>([
  ['older', undefined, 'refuse'],
  ['older', earlier, 'redeploy'],
  ['same', undefined, 'deploy'],
  ['same', earlier, 'deploy'],
  ['newer', undefined, 'deploy'],
  ['newer', earlier, 'deploy'],
  ['diverged', undefined, 'deploy'],
  ['diverged', earlier, 'deploy'],
  ['unknown', undefined, 'deploy'],
  ['unknown', earlier, 'deploy'],
])('a commit that is %s, deployed before: %o: %s (faults 81, 113, deploy)', (relation, record, kind) => {
  expect(judgeAncestry(earlier.commit!, running, relation, record).kind).toBe(kind);
});

test('without a record of what runs, nothing is older', () => {
  expect(judgeAncestry(earlier.commit!, undefined, 'older', undefined)).toEqual({ kind: 'deploy' });
  const { commit: _, ...withoutCommit } = running;
  expect(judgeAncestry(earlier.commit!, withoutCommit, 'older', undefined)).toEqual({ kind: 'deploy' });
});

test('the refusal names both commits, the release and the ways on', () => {
  expect(judgeAncestry('a'.repeat(40), { release: 7, commit: 'b'.repeat(40) }, 'older', undefined)).toMatchObject({
    message: expect.stringMatching(
      /^nothing was changed: v7 runs commit b{12}, which is newer than a{12}\. Deploy the newest commit\. .*tozo rollback/,
    ),
  });
});

function recordsOf(...list: DeployRecord[]): DeployRecords {
  return {
    latest: async () => list[0],
    find: async () => undefined,
    list: async () => list,
    write: async () => undefined,
  };
}

test('after a rollback the record of the images that run counts, not the newest one', async () => {
  const state = {
    release: { ...releaseOf(6), description: 'Rollback to v4' },
    running: { kind: 'known' as const, images: earlier.images },
    record: running,
  };
  expect(await findRunningRecord(state, recordsOf(running, earlier))).toEqual(earlier);
  expect(await findRunningRecord({ ...state, release: releaseOf(5) }, recordsOf())).toBeUndefined();
});

test('without known images only a record of this very release counts', async () => {
  const state = { release: releaseOf(5), running: { kind: 'unknown' as const, reason: '' }, record: running };
  expect(await findRunningRecord(state, recordsOf(running))).toEqual(running);
  const another = { ...running, releaseId: digestOf('another') };
  expect(await findRunningRecord({ ...state, record: another }, recordsOf(another))).toBeUndefined();
  expect(await findRunningRecord({ ...state, release: releaseOf(6) }, recordsOf(running))).toBeUndefined();
});
