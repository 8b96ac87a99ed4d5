import { notImplementedError } from './errors.ts';
import type { Parameters } from './parameters.ts';
import { choiceIn } from './parameters.ts';

/** Throws 501 if the query has a parameter, such as `starred` or `custom_attributes[team]`, that GitLab documents and the sandbox lacks. */
export function assertServed(endpoint: string, query: URLSearchParams, lacks: readonly string[] = []): void {
  const names = [...query.keys()].map((name) => name.replace(/\[.*$/s, ''));
  const lacking = names.find((name) => lacks.includes(name));
  if (lacking !== undefined) throw notImplementedError(`${endpoint}?${lacking}`);
}

/** Returns the items sorted by the parameters `order_by` and `sort`, and by their IDs where that doesn't decide. Throws GitLab's 400. */
export function sortedBy<Item extends { readonly id: number }, Field extends string>(
  items: readonly Item[],
  parameters: Parameters,
  orders: Readonly<Record<Field, (item: Item) => string | number | null>>,
  defaults: { readonly order: Field; readonly sort: 'asc' | 'desc' },
): Item[] {
  const valueOf = orders[choiceIn(parameters, 'order_by', Object.keys(orders) as Field[]) ?? defaults.order];
  const direction = (choiceIn(parameters, 'sort', ['asc', 'desc']) ?? defaults.sort) === 'asc' ? 1 : -1;
  return items.toSorted((a, b) => direction * (compare(valueOf(a), valueOf(b)) || a.id - b.id));
}

function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}

/**
 * Returns whether one of the texts has every word of a search that is at least three characters long, or is the whole search if it
 * has none.
 */
export function isFound(search: string | undefined, texts: readonly string[]): boolean {
  if (search === undefined || search === '') return true;
  const wanted = search.toLowerCase();
  const words = wanted.split(/\s+/).filter((word) => word.length >= 3);
  return texts.some((text) => {
    const lower = text.toLowerCase();
    return words.length === 0 ? lower === wanted : words.every((word) => lower.includes(word));
  });
}
