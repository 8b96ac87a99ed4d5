import type { Reply } from '../http/exchange.ts';
import { badParameterError } from './errors.ts';

const defaultPerPage = 20;
const maxPerPage = 100;

/** Returns one page of a list, with GitLab's headers. @see https://docs.gitlab.com/api/rest/#offset-based-pagination */
export function pagedReply(items: readonly unknown[], query: URLSearchParams, url: string): Reply {
  const page = wholeNumber(query, 'page') ?? 1;
  const perPage = perPageOf(query);
  const pages = Math.max(1, Math.ceil(items.length / perPage));
  const next = page < pages ? page + 1 : undefined;
  const previous = page > 1 ? page - 1 : undefined;
  const link = (number: number, relation: string) => {
    const parameters = new URLSearchParams(query);
    parameters.set('page', String(number));
    parameters.set('per_page', String(perPage));
    return `<${url}?${parameters.toString()}>; rel="${relation}"`;
  };
  const links = [
    ...(previous === undefined ? [] : [link(previous, 'prev')]),
    ...(next === undefined ? [] : [link(next, 'next')]),
    link(1, 'first'),
    link(pages, 'last'),
  ];
  return {
    status: 200,
    body: items.slice((page - 1) * perPage, page * perPage),
    headers: {
      link: links.join(', '),
      'x-next-page': String(next ?? ''),
      'x-page': String(page),
      'x-per-page': String(perPage),
      'x-prev-page': String(previous ?? ''),
      'x-total': String(items.length),
      'x-total-pages': String(pages),
    },
  };
}

/**
 * Returns the first page of a list sorted by ID. The next page has the same address with a limit for the ID; the last one is empty.
 * @see https://docs.gitlab.com/api/rest/#keyset-based-pagination
 */
export function keysetReply<Item extends { readonly id: number }>(
  items: readonly Item[],
  viewOf: (item: Item) => unknown,
  query: URLSearchParams,
  url: string,
): Reply {
  const page = items.slice(0, perPageOf(query));
  const last = page.at(-1);
  const parameters = new URLSearchParams(query);
  if (last) parameters.set(query.get('sort') === 'asc' ? 'id_after' : 'id_before', String(last.id));
  const headers = last ? { link: `<${url}?${parameters.toString()}>; rel="next"` } : {};
  return { status: 200, body: page.map(viewOf), headers };
}

const perPageOf = (query: URLSearchParams): number =>
  Math.min(wholeNumber(query, 'per_page') ?? defaultPerPage, maxPerPage);

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d+$/.test(text)) throw badParameterError(`${name} is invalid`);
  if (Number(text) === 0) throw badParameterError(`${name} does not have a valid value`);
  return Number(text);
}
