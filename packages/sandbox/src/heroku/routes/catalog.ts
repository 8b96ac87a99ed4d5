import { type ApiRoute, appOf, type Call, replyWithList } from '../api/call.ts';
import { dynoSizes, regions, serializeDynoSize, serializeRegion, serializeStack, stackNames } from '../api/catalog.ts';
import { notFoundError } from '../errors.ts';

type Item = Record<string, unknown>;

const listed = {
  regions: regions.map((region) => serializeRegion(region)),
  stacks: stackNames.map((name) => serializeStack(name)),
  sizes: dynoSizes.map((size) => serializeDynoSize(size)),
};

/** What Heroku offers to every account. */
export const catalogRoutes: readonly ApiRoute[] = [
  { method: 'GET', pattern: '/regions', handle: (call) => replyWithItems(call, listed.regions) },
  { method: 'GET', pattern: '/regions/:item', handle: (call) => replyWithItem(call, listed.regions, 'region') },
  { method: 'GET', pattern: '/stacks', handle: (call) => replyWithItems(call, listed.stacks) },
  { method: 'GET', pattern: '/stacks/:item', handle: (call) => replyWithItem(call, listed.stacks, 'stack') },
  { method: 'GET', pattern: '/dyno-sizes', handle: (call) => replyWithItems(call, listed.sizes) },
  { method: 'GET', pattern: '/dyno-sizes/:item', handle: (call) => replyWithItem(call, listed.sizes, 'dyno size') },
  {
    method: 'GET',
    pattern: '/apps/:app/available-stacks',
    handle: (call) => (appOf(call), replyWithItems(call, listed.stacks)),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/available-dyno-sizes',
    handle: (call) => (appOf(call), replyWithItems(call, listed.sizes)),
  },
];

function replyWithItems(call: Call, items: readonly Item[]) {
  return replyWithList(call, items, ['name', 'id']);
}

/** Finds an item by ID or, as Heroku does, by name in any case. */
function replyWithItem({ parameters }: Call, items: readonly Item[], kind: string) {
  const identity = (parameters['item'] ?? '').toLowerCase();
  const body = items.find(({ id, name }) => id === identity || String(name).toLowerCase() === identity);
  if (!body) throw notFoundError(kind);
  return { status: 200, body };
}
