import type { User } from '../state/model.ts';
import type { Hold } from './held-releases.ts';

export interface ReleaseOptions {
  /** Default: the owner of the API key. */
  readonly user?: User;
  /** How to keep the release pending. Default: the next queued hold, if any. */
  readonly hold?: Hold | 'none';
  /** The release has failed from the start, as after a release phase. */
  readonly hasFailed?: boolean;
}
