import type { FakeResponse, SeenRequest } from './fake-api.ts';
import type { FakeShop } from './fake-heroku.ts';

export function writesOf(seen: readonly SeenRequest[]): SeenRequest[] {
  return seen.filter(({ method }) => method !== 'GET');
}

/** Responds to writes with `write`, which gets their count and the shop's own response, and to reads as the shop does. */
export function withWrites(shop: FakeShop, write: (count: number, carryOut: () => FakeResponse) => FakeResponse) {
  let count = 0;
  return (request: SeenRequest): FakeResponse => {
    if (request.method === 'GET') return shop.respond(request);
    count += 1;
    return write(count, () => shop.respond(request));
  };
}

/** What may happen to the response of a write that Heroku may have carried out. */
export const lostResponses: readonly (readonly [string, FakeResponse])[] = [
  ['a lost connection', 'reset'],
  ['silence', 'silence'],
  ['a server error', { status: 500, json: { id: 'internal_server_error', message: 'Oops.' } }],
  ['an unreadable response', { text: '<h1>ok</h1>' }],
];
