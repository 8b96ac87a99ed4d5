import type { KnownDeployments } from '../deployments/known-deployments.ts';
import type { DeploymentRecord } from '../deployments/record.ts';

/** `c3 success`, `c3 failed`, `c3 failed before the start`, each with `in PIPELINE` and `from SOURCE` behind. */
export type Told = string;

/** Returns the records that GitLab would list for deployments, given in the order in which they ran. */
export function recordsOf(...told: Told[]): KnownDeployments & { kind: 'known' } {
  const records = told.map((text, index): DeploymentRecord => {
    const [, sha, status, unstarted, pipeline, source] =
      /^(\S+) (\w+)( before the start)?(?: in (\d+))?(?: from (\w+))?$/.exec(text) ?? [];
    if (!sha || !status) throw new Error(`not a record: ${text}`);
    const time = (index + 1) * 1000;
    return {
      id: index + 1,
      sha,
      status,
      jobId: index + 101,
      startedAt: unstarted || ['created', 'blocked', 'skipped'].includes(status) ? null : time,
      finishedAt: ['running', 'created'].includes(status) ? undefined : time + 500,
      pipelineId: Number(pipeline ?? sha.replace(/^\D+/, '')),
      source: source ?? 'push',
    };
  });
  return {
    kind: 'known',
    successes: records.filter(({ status }) => status === 'success').toReversed(),
    recent: records.toReversed(),
  };
}
