import type { CurrentState } from './current-state.ts';
import type { Described } from './describe.ts';
import type { DeployPlan } from './plan.ts';
import type { Run } from './run.ts';
import type { Services } from './services.ts';

/** What every step works on: the run that watches it, the services, and the plan with what it was made from. */
export interface Deployment {
  readonly run: Run;
  readonly services: Services;
  readonly plan: DeployPlan;
  readonly described: Described;
  readonly current: CurrentState;
}
