import type { DeployPlan } from '../plan/plan.ts';
import type { Run } from '../report/run.ts';
import type { Services } from '../services.ts';
import type { CurrentState } from '../state/current-state.ts';

/** What every step works on. */
export interface Deployment {
  readonly run: Run;
  readonly services: Services;
  readonly plan: DeployPlan;
  readonly current: CurrentState;
}
