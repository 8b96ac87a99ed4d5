import { isRecord } from '../../http/exchange.ts';
import type { App } from '../apps/app.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import { type ApiRoute, appOf, bodyOf, type Call, replyWithList, readOptionalString } from '../api/call.ts';
import { createDeploy, isSameDeploy } from '../state/changes.ts';
import { ApiError, invalidParamsError, notFoundError } from '../errors.ts';
import {
  currentRelease,
  type ImageReference,
  newestRelease,
  createProcessType,
  type Release,
  timestamp,
} from '../state/model.ts';
import { serializeProcessType } from '../api/serialize.ts';

/** A valid element of `updates`. */
interface FormationUpdate {
  readonly type: string;
  readonly quantity?: number;
  readonly size?: string;
  readonly imageId?: string;
  readonly command?: string;
}

const typePattern = /^[-\w]{1,128}$/;
const imageIdPattern = /^sha256:[0-9a-f]{64}$/;
const maxQuantity = 100;
const sizes = [
  'Eco',
  'Basic',
  'Standard-1X',
  'Standard-2X',
  'Performance-M',
  'Performance-L',
  'Performance-L-RAM',
  'Performance-XL',
  'Performance-2XL',
];

export const formationRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/formation',
    handle: async (call) => replyWithList(call, await describeFormation(appOf(call)), ['type', 'id']),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/formation/:type',
    handle: async (call) => ({
      status: 200,
      body: await describeProcessType(appOf(call), call.parameters['type'] ?? ''),
    }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/formation',
    handle: async (call) => {
      const app = appOf(call);
      const { updates } = await bodyOf(call);
      if (!Array.isArray(updates)) throw invalidParamsError('updates must be a list.');
      await updateFormation(
        call,
        app,
        updates.map((update) => readUpdate(update, call)),
      );
      return { status: 200, body: await describeFormation(app) };
    },
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/formation/:type',
    handle: async (call) => {
      const app = appOf(call);
      const type = resolveType(app, call.parameters['type'] ?? '');
      await updateFormation(call, app, [readUpdate({ ...(await bodyOf(call)), type }, call)]);
      return { status: 200, body: await describeProcessType(app, type) };
    },
  },
];

/** Applies all updates or none, in one release. Images are checked before any change. */
async function updateFormation(call: Call, app: App, updates: readonly FormationUpdate[]): Promise<void> {
  const named = updates.map((update) => ({ ...update, type: resolveType(app, update.type) }));
  if (new Set(named.map((update) => update.type)).size < named.length) {
    throw invalidParamsError('updates lists a process type twice.');
  }
  const images = await findImages(call, app, named);
  for (const update of named) {
    const isKnown = app.record.formation.some(({ type }) => type === update.type);
    if (!isKnown && !images[update.type]) throw notFoundError('process type');
  }
  for (const update of named) applyScale(app, update);
  const { assumptions } = call;
  const commands = Object.fromEntries(
    named.flatMap(({ type, command }) =>
      command === undefined || assumptions.commands === 'ignored' ? [] : [[type, command] as const],
    ),
  );
  if (Object.keys(images).length > 0) app.record.stack = 'container';
  if (isSameDeploy(findComparedRelease(app, assumptions).snapshot, images, commands)) await app.scale();
  else await app.release(createDeploy(images, commands, assumptions.releaseDescriptions));
}

/** Returns the release to compare with: a deploy of its images changes nothing. */
function findComparedRelease({ record }: App, { sameImageAfterFailure }: HerokuAssumptions): Release {
  const newest = newestRelease(record);
  const isOver = newest.status === 'failed' || newest.status === 'expired';
  return isOver && sameImageAfterFailure === 'released' ? currentRelease(record) : newest;
}

async function findImages(
  call: Call,
  app: App,
  updates: readonly FormationUpdate[],
): Promise<Record<string, ImageReference>> {
  const images: Record<string, ImageReference> = {};
  for (const { type, imageId } of updates) {
    if (imageId === undefined) continue;
    const others = call.assumptions.sharedImages ? [...app.record.formation, ...updates].map((item) => item.type) : [];
    const repositories = [...new Set([type, ...others])].map((name) => `${app.record.name}/${name}`);
    const repository = await findFirst(repositories, (candidate) => isReleasable(call, candidate, imageId));
    if (repository === undefined) {
      const message = `docker_image ${imageId} was not found in registry repository ${repositories.join(' or ')}.`;
      throw call.assumptions.missingImage === 404
        ? new ApiError(404, 'not_found', message)
        : invalidParamsError(message);
    }
    images[type] = { repository, imageId };
  }
  return images;
}

async function isReleasable({ images, assumptions }: Call, repository: string, imageId: string): Promise<boolean> {
  const image = await images.findImage(repository, imageId);
  if (!image) return false;
  return assumptions.olderImages || (await images.latestManifest(repository)) === image.manifestDigest;
}

async function findFirst<Item>(
  items: readonly Item[],
  matches: (item: Item) => Promise<boolean>,
): Promise<Item | undefined> {
  for (const item of items) if (await matches(item)) return item;
  return undefined;
}

function applyScale(app: App, update: FormationUpdate): void {
  let processType = app.record.formation.find(({ type }) => type === update.type);
  if (!processType) app.record.formation.push((processType = createProcessType(update.type)));
  if (update.quantity !== undefined) processType.quantity = update.quantity;
  if (update.size !== undefined) processType.size = update.size;
  processType.updatedAt = timestamp();
}

function readUpdate(value: unknown, call: Call): FormationUpdate {
  if (!isRecord(value)) throw invalidParamsError('Each update must be an object.');
  const type = readOptionalString(value, 'type');
  if (type === undefined || !typePattern.test(type)) throw invalidParamsError('Each update must have a valid type.');
  const quantity = value['quantity'];
  if (quantity !== undefined && !isQuantity(quantity)) {
    throw invalidParamsError(`quantity must be a whole number from 0 to ${maxQuantity}.`);
  }
  const imageId = readOptionalString(value, 'docker_image');
  if (imageId !== undefined && call.version !== '3.docker-releases') {
    throw invalidParamsError(
      'docker_image needs the header "Accept: application/vnd.heroku+json; version=3.docker-releases".',
    );
  }
  if (imageId !== undefined && !imageIdPattern.test(imageId)) {
    throw invalidParamsError('docker_image must be an image ID, sha256: and 64 hex digits.');
  }
  const size = sizeOf(value);
  const command = readOptionalString(value, 'command');
  return {
    type,
    ...(quantity === undefined ? {} : { quantity }),
    ...(size === undefined ? {} : { size }),
    ...(imageId === undefined ? {} : { imageId }),
    ...(command === undefined ? {} : { command }),
  };
}

function sizeOf(update: Readonly<Record<string, unknown>>): string | undefined {
  const dynoSize = update['dyno_size'];
  const name = isRecord(dynoSize)
    ? readOptionalString(dynoSize, 'name')
    : (readOptionalString(update, 'dyno_size') ?? readOptionalString(update, 'size'));
  if (name === undefined) return undefined;
  const size = sizes.find((known) => known.toLowerCase() === name.toLowerCase());
  if (!size) throw invalidParamsError(`No such dyno size as ${name}.`);
  return size;
}

function isQuantity(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxQuantity;
}

/** Returns the name of a process type, which may also be identified by its ID. */
function resolveType(app: App, identity: string): string {
  return app.record.formation.find(({ id }) => id === identity)?.type ?? identity;
}

async function describeProcessType(app: App, identity: string): Promise<Record<string, unknown>> {
  const processType = app.record.formation.find(({ type, id }) => type === identity || id === identity);
  if (!processType) throw notFoundError('process type');
  return serializeProcessType(app.record, processType, await app.commandOf(processType.type));
}

function describeFormation(app: App): Promise<Record<string, unknown>[]> {
  return Promise.all(app.record.formation.map(({ type }) => describeProcessType(app, type)));
}
