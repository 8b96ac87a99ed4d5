import type { Digest } from '../../image/digest.ts';
import { type ImageFacts, mergeFacts } from './facts.ts';

/** Facts about several images, by image ID. */
export type FactsByImage = Map<Digest, ImageFacts>;

export function addFacts(all: FactsByImage, more: FactsByImage): void {
  for (const [id, facts] of more) all.set(id, mergeFacts([...(all.has(id) ? [all.get(id)!] : []), facts]));
}

/** Returns the images with any facts, sorted by ID, or undefined when no image has any. */
export function sortFacts(facts: FactsByImage): Readonly<Record<Digest, ImageFacts>> | undefined {
  const some = [...facts].filter(([, each]) =>
    Object.values(each).some((results) => Object.keys(results as object).length > 0),
  );
  return some.length === 0 ? undefined : Object.fromEntries(some.sort(([a], [b]) => (a < b ? -1 : 1)));
}
