import { expect, test } from 'vitest';
import type { DeployRequest } from '../request.ts';
import { planOf, pushed, releaseOf, stoppedBy } from '../testing/observed.ts';
import { Run } from './run.ts';

const request = { app: 'shop', target: { kind: 'heroku', text: 'Heroku' } } as DeployRequest;

test('a signal between a failed step and its rollback is reported with what runs then (fault 115, deploy)', () => {
  const abort = new AbortController();
  const run = new Run(request, () => undefined, abort.signal);
  const configVars = { set: ['LEVEL'], unchanged: [], notInEffect: [], phase: false };
  run.recordPlan(planOf({ configVars }));
  const v4 = releaseOf(4);
  const newest = releaseOf(3);
  const stopped = stoppedBy('failed', { during: 'release', code: 'NOT_FOUND' });
  run.note({ before: { newest, current: newest }, pushed, config: v4, current: v4, stopped });
  abort.abort(new Error('stopped by SIGTERM'));
  expect(run.reportNow(abort.signal.reason)).toMatchObject({
    outcome: 'cancelled',
    text: 'CANCELLED shop: v4 runs with the new values of LEVEL and the old images; the new images were not released',
    runningRelease: 4,
    releases: [4],
  });
});
