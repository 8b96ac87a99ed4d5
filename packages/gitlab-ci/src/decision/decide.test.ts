import { expect, test } from 'vitest';
import { linear } from '../testing/linear-history.ts';
import { recordsOf, type Told } from '../testing/records.ts';
import { decide, type DecideInput, type Decision } from './decide.ts';

interface Case {
  readonly records: readonly Told[];
  readonly commit: string;
  readonly changedAt?: string | undefined;
  readonly pipelineId?: number;
  readonly source?: string;
  readonly more?: Partial<DecideInput>;
}

function decideCase({ records, commit, changedAt, pipelineId, source, more }: Case): Decision {
  return decide({
    environment: 'production/shop',
    job: { commit, jobId: 900, pipelineId: pipelineId ?? Number(commit.slice(1)), source: source ?? 'push' },
    deployments: recordsOf(...records),
    ancestry: linear,
    changedAt,
    ...more,
  });
}

test.each<[string, Case, Decision['kind']]>([
  ['deploys an app that was never deployed', { records: [], commit: 'c1', changedAt: 'c1' }, 'deploy'],
  ['has nothing to do for an unrelated commit', { records: ['c1 success'], commit: 'c2', changedAt: 'c1' }, 'nothing'],
  ['deploys a change', { records: ['c1 success'], commit: 'c2', changedAt: 'c2' }, 'deploy'],
  [
    'deploys a revert while the reverted commit may be live (fault 125, gitlab)',
    { records: ['c1 success', 'c2 failed'], commit: 'c3', changedAt: 'c3' },
    'deploy',
  ],
  [
    'deploys a revert of a commit that one app deployed and another did not (fault 126, gitlab)',
    { records: ['c1 success', 'c2 success'], commit: 'c3', changedAt: 'c3' },
    'deploy',
  ],
  ['repeats a failed deploy', { records: ['c1 success', 'c2 failed'], commit: 'c3', changedAt: 'c2' }, 'deploy'],
  [
    'repeats one canceled while it ran',
    { records: ['c1 success', 'c2 canceled'], commit: 'c3', changedAt: 'c2' },
    'deploy',
  ],
  [
    'ignores a job canceled before its start',
    { records: ['c1 success', 'c2 canceled before the start'], commit: 'c3', changedAt: 'c1' },
    'nothing',
  ],
  [
    'ignores a job that GitLab refused as outdated',
    { records: ['c2 success', 'c1 failed before the start'], commit: 'c3', changedAt: 'c2' },
    'nothing',
  ],
  [
    'deploys over a newer commit that failed after it had started',
    { records: ['c1 success', 'c3 failed'], commit: 'c2', changedAt: 'c1' },
    'deploy',
  ],
  [
    'is outdated behind a newer success',
    { records: ['c1 success', 'c3 success'], commit: 'c2', changedAt: 'c2' },
    'outdated',
  ],
  [
    'is outdated in another pipeline of a commit that was deployed before',
    { records: ['c1 success', 'c3 success'], commit: 'c1', changedAt: 'c1', pipelineId: 2, source: 'schedule' },
    'outdated',
  ],
  ['is outdated when an old failed job is retried', { records: ['c1 failed', 'c2 success'], commit: 'c1' }, 'outdated'],
  ['releases the recorded image again', { records: ['c1 success', 'c2 success'], commit: 'c1' }, 'redeploy'],
  [
    'keeps what was put back in an unrelated commit (fault 127, gitlab)',
    { records: ['c1 success', 'c2 success', 'c1 success'], commit: 'c3', changedAt: 'c2' },
    'kept',
  ],
  [
    'keeps it after an unrelated commit, too',
    { records: ['c1 success', 'c2 success', 'c1 success', 'c3 success'], commit: 'c4', changedAt: 'c2' },
    'kept',
  ],
  [
    'keeps it in a scheduled pipeline of the newest commit',
    {
      records: ['c1 success', 'c2 success', 'c1 success'],
      commit: 'c2',
      changedAt: 'c2',
      pipelineId: 9,
      source: 'schedule',
    },
    'kept',
  ],
  [
    'keeps it behind an outdated job',
    { records: ['c1 success', 'c3 success', 'c1 success', 'c2 failed'], commit: 'c4', changedAt: 'c3' },
    'kept',
  ],
  [
    'deploys a change after what was put back',
    { records: ['c1 success', 'c2 success', 'c1 success', 'c3 success'], commit: 'c4', changedAt: 'c4' },
    'deploy',
  ],
  [
    'deploys a revert of what was put back in place of',
    { records: ['c1 success', 'c2 success', 'c1 success'], commit: 'c3', changedAt: 'c3' },
    'deploy',
  ],
  [
    'has nothing to do once a change was deployed over what was put back',
    { records: ['c1 success', 'c2 success', 'c1 success', 'c3 success'], commit: 'c4', changedAt: 'c3' },
    'nothing',
  ],
  [
    'releases the newest commit again over what was put back',
    { records: ['c1 success', 'c2 success', 'c1 success'], commit: 'c2', changedAt: 'c2' },
    'redeploy',
  ],
  [
    'deploys main when putting back failed in between',
    { records: ['c1 success', 'c2 success', 'c1 failed'], commit: 'c3', changedAt: 'c2' },
    'deploy',
  ],
  [
    'deploys main when the newest commit was released again over what was put back, and that failed',
    { records: ['c1 success', 'c2 success', 'c1 success', 'c2 failed'], commit: 'c3', changedAt: 'c2' },
    'deploy',
  ],
  [
    'deploys every app in a pipeline started by hand',
    { records: ['c1 success'], commit: 'c1', changedAt: 'c1', pipelineId: 7, source: 'web' },
    'deploy',
  ],
  [
    'repeats a pipeline started by hand whose job failed',
    { records: ['c1 success', 'c1 failed in 7 from web'], commit: 'c2', changedAt: 'c1' },
    'deploy',
  ],
  ['deploys without word from lint-test', { records: ['c1 success'], commit: 'c2' }, 'deploy'],
  ['deploys after a force push', { records: ['old success in 1'], commit: 'c2', changedAt: 'c2' }, 'deploy'],
  [
    'is outdated on a branch that was force-pushed away',
    { records: ['c1 success in 9'], commit: 'old', pipelineId: 8, changedAt: 'old' },
    'outdated',
  ],
  ['deploys when git lacks the deployed commit', { records: ['unknown success in 1'], commit: 'c2' }, 'deploy'],
  [
    'is outdated when git lacks a commit that a newer pipeline deployed',
    { records: ['unknown success in 9'], commit: 'c2', changedAt: 'c2' },
    'outdated',
  ],
  [
    'deploys when GitLab says nothing',
    {
      records: [],
      commit: 'c2',
      changedAt: 'c1',
      more: { deployments: { kind: 'unknown', reason: 'GitLab is down' } },
    },
    'deploy',
  ],
  [
    "doesn't repeat what was rolled back, until the app changes",
    { records: ['c1 success', 'c2 failed'], commit: 'c3', changedAt: 'c2', more: { rolledBack: 'c2' } },
    'held',
  ],
  [
    'repeats what was rolled back if someone retries that job',
    { records: ['c1 success', 'c2 failed'], commit: 'c2', changedAt: 'c2', more: { rolledBack: 'c2' } },
    'deploy',
  ],
  [
    'deploys a change after what was rolled back',
    { records: ['c1 success', 'c2 failed'], commit: 'c3', changedAt: 'c3', more: { rolledBack: 'c2' } },
    'deploy',
  ],
])('%s', (_, input, kind) => {
  expect(decideCase(input)).toMatchObject({ kind, reason: expect.stringMatching(/^\S.*[^.]$/) });
});

const shared = (...records: string[]) => ({
  shared: { environment: 'production', deployments: recordsOf(...records) },
});

test("uses the shared environment's history while an app has none of its own", () => {
  const of = (records: string[], commit: string, changedAt: string) =>
    decideCase({ records: [], commit, changedAt, more: shared(...records) }).kind;
  expect(of(['c1 success', 'c3 success'], 'c2', 'c2')).toBe('outdated');
  expect(of(['c1 success', 'c2 success', 'c1 success'], 'c3', 'c2')).toBe('kept');
  expect(of(['c1 success'], 'c2', 'c1')).toBe('deploy');
});

test('names a deployed commit with the same version, whose image may be released if none was built', () => {
  expect(
    decideCase({ records: ['c1 success', 'c2 success', 'c4 failed'], commit: 'c3', changedAt: 'c2' }),
  ).toMatchObject({ kind: 'deploy', equal: 'c2' });
  expect(decideCase({ records: ['c1 success', 'c2 success'], commit: 'c2', changedAt: 'c1' })).toMatchObject({
    kind: 'redeploy',
    commits: ['c2', 'c1'],
  });
});

test('says loudly what was put back', () => {
  const { reason } = decideCase({ records: ['c1 success', 'c2 success', 'c1 success'], commit: 'c3', changedAt: 'c2' });
  expect(reason).toBe(
    'production/shop RUNS c1, NOT c3: it was put back on purpose, and no commit after c2 changes this app. ' +
      'To end this, change the app, or start a pipeline by hand',
  );
});
