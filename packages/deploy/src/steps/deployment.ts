import type { DeployPlan } from '../plan/plan.ts';
import type { Digest, Image } from '../ports.ts';
import type { Run } from '../report/run.ts';
import type { Services } from '../services.ts';
import type { Attempts } from '../state/attempts.ts';
import type { CurrentState } from '../state/current-state.ts';
import type { DeployRecords } from '../state/records/open-records.ts';

/** What every step works on. */
export interface Deployment {
  readonly run: Run;
  readonly services: Services;
  readonly plan: DeployPlan;
  readonly current: CurrentState;
  readonly records: DeployRecords;
  readonly attempts: Attempts;
  /** The digest of each process type's manifest under the tag that deploys move, before this deploy. */
  readonly manifests: Readonly<Record<string, Digest>>;
  /** By process type. */
  readonly images: Readonly<Record<string, Image>>;
}
