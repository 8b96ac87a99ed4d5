import { expect, test } from 'vitest';
import { recordOf } from '../testing/records.ts';
import { type CommitRelation, judgeAncestry } from './ancestry.ts';
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
