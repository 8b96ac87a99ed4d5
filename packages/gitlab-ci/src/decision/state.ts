import { livenessOf } from '../deployments/liveness.ts';
import { type DeploymentRecord, isForced } from '../deployments/record.ts';
import { type Ancestry, relate } from '../git/history.ts';

/** A version that was put back on purpose, by a re-deploy. */
export interface PutBack {
  readonly record: DeploymentRecord;
  /** The newest commit that had been decided for. The version stays until a later commit touches the app. */
  readonly seen: DeploymentRecord;
}

/** What the records of one environment say about its app. */
export interface EnvironmentState {
  /** The success with the newest commit: all commits up to it were decided for. */
  readonly seen: DeploymentRecord;
  /** The success that says what runs. Its own commit, unless a later one was found to need no deploy. */
  readonly runs: DeploymentRecord;
  readonly putBack?: PutBack;
  /** Later deployments that may have changed what runs. */
  readonly maybeLive: readonly DeploymentRecord[];
  /** Whether someone started one of those on purpose, by a re-deploy or a pipeline started by hand. */
  readonly isDisturbed: boolean;
  /** All successes, the one that finished last first. */
  readonly successes: readonly DeploymentRecord[];
}

/**
 * Returns the state that an environment's records lead to, or undefined if nothing was deployed there successfully.
 * @param successes ordered by their end, the last one first, as GitLab lists them
 * @param others records of any status, in any order
 * @param touchedSince whether a commit after the first one, up to the second one, touches the app
 */
export function readState(
  successes: readonly DeploymentRecord[],
  others: readonly DeploymentRecord[],
  ancestry: Ancestry,
  touchedSince: (commit: string, until: string) => boolean,
): EnvironmentState | undefined {
  const oldestFirst = successes.toReversed();
  const [first, ...later] = oldestFirst;
  const last = successes[0];
  if (!first || !last) return undefined;
  let state: Pick<EnvironmentState, 'seen' | 'runs' | 'putBack'> = { seen: first, runs: first };
  for (const [index, record] of later.entries()) state = after(state, record, oldestFirst.slice(0, index + 1));
  const maybeLive = others.filter((record) => mayBeLiveAfter(record, last));
  return { ...state, maybeLive, isDisturbed: isDisturbed(maybeLive, successes), successes };

  function after(
    { seen, runs, putBack }: typeof state,
    record: DeploymentRecord,
    earlier: readonly DeploymentRecord[],
  ): typeof state {
    const isRedeploy = isRedeployOf(record, earlier);
    const mayKeep = (): boolean => !isRedeploy && !isForced(record.source) && !isDisturbedBetween(earlier, record);
    switch (relate(ancestry, record.sha, seen.sha)) {
      case 'older':
        return isRedeploy ? { seen, runs: record, putBack: { record, seen } } : { seen, runs: record };
      case 'same':
        // Another pipeline of the same commit keeps what was put back. The button next to the commit itself doesn't.
        return putBack && mayKeep() ? { seen, runs, putBack } : { seen, runs: record };
      case 'newer': {
        const isKept = putBack && mayKeep() && !touchedSince(putBack.seen.sha, record.sha);
        return isKept ? { seen: record, runs, putBack } : { seen: record, runs: record };
      }
      case 'diverged':
      case 'unknown':
        return isRedeploy ? { seen, runs: record, putBack: { record, seen } } : { seen: record, runs: record };
    }
  }

  function isDisturbedBetween(earlier: readonly DeploymentRecord[], record: DeploymentRecord): boolean {
    const started = record.startedAt ?? Number.POSITIVE_INFINITY;
    const between = others.filter(
      (other) => mayBeLiveAfter(other, earlier.at(-1)!) && (other.startedAt ?? 0) <= started,
    );
    return isDisturbed(between, earlier);
  }
}

/** Whether someone started a deploy on purpose that didn't succeed: what was put back before may not run any more. */
function isDisturbed(maybeLive: readonly DeploymentRecord[], successes: readonly DeploymentRecord[]): boolean {
  return maybeLive.some((record) => isForced(record.source) || isRedeployOf(record, successes));
}

/** Whether a job ran again that had succeeded before. Without its pipeline, a success for the same commit is a sign of that. */
export function isRedeployOf(
  { sha, pipelineId }: Pick<DeploymentRecord, 'sha' | 'pipelineId'>,
  earlier: readonly DeploymentRecord[],
): boolean {
  return earlier.some(
    (other) =>
      other.sha === sha &&
      (pipelineId === undefined || other.pipelineId === undefined || other.pipelineId === pipelineId),
  );
}

/** Whether a deployment may have changed something after a success, or at the same time. In doubt it may. */
function mayBeLiveAfter(record: DeploymentRecord, success: DeploymentRecord): boolean {
  if (record.id === success.id || livenessOf(record) !== 'maybe') return false;
  if (success.startedAt === undefined || success.startedAt === null) return record.id > success.id;
  return (record.finishedAt ?? Number.POSITIVE_INFINITY) >= success.startedAt;
}
