import type { Digest } from '../../image/digest.ts';
import { type ImageFacts, mergeFacts } from './facts.ts';

/** What several images answered, by their IDs. */
export type FactsByImage = Map<Digest, ImageFacts>;

export function addFacts(all: FactsByImage, more: FactsByImage): void {
  for (const [id, facts] of more) all.set(id, mergeFacts([...(all.has(id) ? [all.get(id)!] : []), facts]));
}

/** Those that answered anything, in a fixed order; undefined when there is none. */
export function withAnswers(facts: FactsByImage): Readonly<Record<Digest, ImageFacts>> | undefined {
  const some = [...facts].filter(([, each]) =>
    Object.values(each).some((answers) => Object.keys(answers as object).length > 0),
  );
  return some.length === 0 ? undefined : Object.fromEntries(some.sort(([a], [b]) => (a < b ? -1 : 1)));
}
