import type { DynoRunner } from '../../dynos/dyno.ts';
import type { ImageStore } from '../../registry/image-store.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import type { Durations } from '../durations.ts';
import type { Clock } from '../../time/clock.ts';
import type { Rendezvous } from '../dynos/rendezvous.ts';
import type { AppRecord, User } from '../state/model.ts';

/** What an app works with. */
export interface AppContext {
  readonly images: ImageStore;
  readonly runner: DynoRunner;
  readonly durations: Durations;
  readonly clock: Clock;
  readonly assumptions: HerokuAssumptions;
  readonly rendezvous: Rendezvous;
  /** The owner of the API key. */
  readonly user: User;
  /** Saves the record; the save is complete when this returns. If it throws, the record is as last saved. */
  readonly save: (record: AppRecord) => void;
}
