import type { Place } from './distribution-place.ts';

/** One case, held against a place. */
export type Case = (place: Place) => Promise<void>;
