import { rangeNotSatisfiableError } from '../errors.ts';

/** A parsed `Range: version ]5..; max=10, order=desc`. @see https://devcenter.heroku.com/articles/platform-api-reference#ranges */
export interface Range {
  readonly field: string;
  readonly from?: { readonly value: string; readonly exclusive: boolean };
  readonly to?: { readonly value: string; readonly exclusive: boolean };
  readonly max: number;
  readonly order: 'asc' | 'desc';
}

/** One page of a list, with the headers that link to the next. */
export interface Page<Item> {
  readonly status: 200 | 206;
  readonly items: readonly Item[];
  readonly headers: Readonly<Record<string, string>>;
}

const maxItems = 1000;
const defaultItems = 200;
const grammar = /^(?<field>[a-z_]+)\s*(?<from>\]?[^.;\s]*)?\.\.(?<to>[^;[\s]*\[?)?\s*(?:;\s*(?<options>.*))?$/;

/** Parses a Range header. Throws the API's 416 for an invalid range and for a field that isn't in `fields`. */
export function parseRange(header: string | undefined, fields: readonly string[]): Range {
  const text = header?.trim() || `${fields[0]} ..`;
  const groups = grammar.exec(text)?.groups;
  if (!groups?.['field'] || !fields.includes(groups['field'])) {
    throw rangeNotSatisfiableError(`Range must be one of: ${fields.map((field) => `${field} ..`).join(', ')}.`);
  }
  const options = new Map(
    (groups['options'] ?? '').split(/[,;]/).map((option) => option.trim().split('=', 2) as [string, string]),
  );
  const max = Number(options.get('max') ?? defaultItems);
  if (!Number.isInteger(max) || max < 1 || max > maxItems) {
    throw rangeNotSatisfiableError(`max must be a number from 1 to ${maxItems}.`);
  }
  const order = options.get('order') ?? 'asc';
  if (order !== 'asc' && order !== 'desc') throw rangeNotSatisfiableError('order must be asc or desc.');
  const { from, to } = groups;
  return {
    field: groups['field'],
    max,
    order,
    ...(from ? { from: { value: from.replace(/^\]/, ''), exclusive: from.startsWith(']') } } : {}),
    ...(to ? { to: { value: to.replace(/\[$/, ''), exclusive: to.endsWith('[') } } : {}),
  };
}

/** Returns the items of a list in `range`, sorted. With `order=desc`, `from` is the highest value. */
export function paginate<Item extends Readonly<Record<string, unknown>>>(
  items: readonly Item[],
  range: Range,
  fields: readonly string[],
): Page<Item> {
  const direction = range.order === 'desc' ? -1 : 1;
  const valueOf = (item: Item) => item[range.field];
  const sorted = items.toSorted((a, b) => direction * compare(valueOf(a), valueOf(b)));
  const inRange = sorted.filter((item) => {
    const value = valueOf(item);
    const fromStart = range.from ? direction * compare(value, range.from.value) : 1;
    const toEnd = range.to ? direction * compare(range.to.value, value) : 1;
    return (
      (fromStart > 0 || (fromStart === 0 && !range.from?.exclusive)) &&
      (toEnd > 0 || (toEnd === 0 && !range.to?.exclusive))
    );
  });
  const shown = inRange.slice(0, range.max);
  const first = shown[0];
  const last = shown.at(-1);
  const order = range.order === 'desc' ? ', order=desc' : '';
  const headers: Record<string, string> = { 'accept-ranges': fields.join(', ') };
  if (first && last) {
    headers['content-range'] =
      `${range.field} ${String(valueOf(first))}..${String(valueOf(last))}; max=${range.max}${order}`;
  }
  if (shown.length === inRange.length) return { status: 200, items: shown, headers };
  const end = range.to ? `${range.to.value}${range.to.exclusive ? '[' : ''}` : '';
  headers['next-range'] = `${range.field} ]${String(valueOf(last as Item))}..${end}; max=${range.max}${order}`;
  return { status: 206, items: shown, headers };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' || typeof b === 'number') return Number(a) - Number(b);
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
