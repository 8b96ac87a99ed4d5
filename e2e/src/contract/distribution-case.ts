import type { Place } from './distribution-place.ts';

/** One case, run against a place. */
export type Case = (place: Place) => Promise<void>;
