import type { Digest } from '../../image/digest.ts';
import type { RunStep } from '../run-step.ts';

/** Everything that a RUN can see. */
export interface RunInputs {
  readonly step: RunStep;
  /** The name of what executes it. Two of them may give different bytes. */
  readonly executor: string;
  /** The diff IDs of the layers below, lowest first: bytes, not the keys that they were made from. */
  readonly below: readonly Digest[];
  /** What each bind mount shows, by the number of the mount: a digest of names, modes, owners and contents. */
  readonly binds: ReadonlyMap<number, Digest>;
  /** The IDs of secrets that this build has. Their values are outside: a digest of a short secret gives it away. */
  readonly secrets: ReadonlySet<string>;
}
