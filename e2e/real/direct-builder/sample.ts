/** `npm run prove direct-builder` sets DIRECT_BUILDER to `all`. CI builds a sample, always the same. */
export const buildsAll = process.env['DIRECT_BUILDER'] === 'all';

const seed = 7;

/** Returns `size` of the items in their order, chosen by the seed, or all of them. */
export function sample<T>(items: readonly T[], size: number): readonly T[] {
  if (buildsAll || items.length <= size) return items;
  let state = seed;
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0);
  const ranks = items.map((_, index) => ({ index, rank: random() })).sort((a, b) => a.rank - b.rank);
  const chosen = new Set(ranks.slice(0, size).map(({ index }) => index));
  return items.filter((_, index) => chosen.has(index));
}

/** Describes the sample's size, for the test's output. */
export function describeSample(size: number, total: number): string {
  return size === total ? `all ${total}` : `${size} of ${total}, seed ${seed} (npm run prove direct-builder: all)`;
}
