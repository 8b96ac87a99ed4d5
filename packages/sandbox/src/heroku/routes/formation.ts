import { isRecord } from '../../http/exchange.ts';
import type { App } from '../apps/app.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import { type ApiRoute, appOf, bodyOf, type Call, listReply, optionalString } from '../api/call.ts';
import { deployChange, isSameDeploy } from '../state/changes.ts';
import { ApiError, invalidParams, notFound } from '../errors.ts';
import {
  currentRelease,
  type ImageReference,
  newestRelease,
  newProcessType,
  type Release,
  timestamp,
} from '../state/model.ts';
import { formationView } from '../api/views.ts';

/** One element of `updates`, checked. */
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
    handle: async (call) => listReply(call, await formationViews(appOf(call)), ['type', 'id']),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/formation/:type',
    handle: async (call) => ({ status: 200, body: await viewOf(appOf(call), call.parameters['type'] ?? '') }),
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/formation',
    handle: async (call) => {
      const app = appOf(call);
      const { updates } = await bodyOf(call);
      if (!Array.isArray(updates)) throw invalidParams('updates must be a list.');
      await updateFormation(
        call,
        app,
        updates.map((update) => readUpdate(update, call)),
      );
      return { status: 200, body: await formationViews(app) };
    },
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/formation/:type',
    handle: async (call) => {
      const app = appOf(call);
      const type = typeName(app, call.parameters['type'] ?? '');
      await updateFormation(call, app, [readUpdate({ ...(await bodyOf(call)), type }, call)]);
      return { status: 200, body: await viewOf(app, type) };
    },
  },
];

/** All updates or none: images are looked up before anything changes, and all of them make one release. */
async function updateFormation(call: Call, app: App, updates: readonly FormationUpdate[]): Promise<void> {
  const named = updates.map((update) => ({ ...update, type: typeName(app, update.type) }));
  if (new Set(named.map((update) => update.type)).size < named.length) {
    throw invalidParams('updates names a process type twice.');
  }
  const images = await findImages(call, app, named);
  for (const update of named) {
    const isKnown = app.record.formation.some(({ type }) => type === update.type);
    if (!isKnown && !images[update.type]) throw notFound('process type');
  }
  for (const update of named) applyScale(app, update);
  const { assumptions } = call;
  const commands = Object.fromEntries(
    named.flatMap(({ type, command }) =>
      command === undefined || assumptions.commands === 'ignored' ? [] : [[type, command] as const],
    ),
  );
  if (Object.keys(images).length > 0) app.record.stack = 'container';
  if (isSameDeploy(comparedRelease(app, assumptions).snapshot, images, commands)) await app.scale();
  else await app.release(deployChange(images, commands, assumptions.releaseDescriptions));
}

/** The release whose images count as those that run already. */
function comparedRelease({ record }: App, { sameImageAfterFailure }: HerokuAssumptions): Release {
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
    const others = call.assumptions.sharedImages ? [...app.record.formation, ...updates].map((one) => one.type) : [];
    const repositories = [...new Set([type, ...others])].map((name) => `${app.record.name}/${name}`);
    const repository = await firstThat(repositories, (one) => isReleasable(call, one, imageId));
    if (repository === undefined) {
      const message = `docker_image ${imageId} was not found in registry repository ${repositories.join(' or ')}.`;
      throw call.assumptions.missingImage === 404 ? new ApiError(404, 'not_found', message) : invalidParams(message);
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

async function firstThat<Item>(
  items: readonly Item[],
  holds: (item: Item) => Promise<boolean>,
): Promise<Item | undefined> {
  for (const item of items) if (await holds(item)) return item;
  return undefined;
}

function applyScale(app: App, update: FormationUpdate): void {
  let processType = app.record.formation.find(({ type }) => type === update.type);
  if (!processType) app.record.formation.push((processType = newProcessType(update.type)));
  if (update.quantity !== undefined) processType.quantity = update.quantity;
  if (update.size !== undefined) processType.size = update.size;
  processType.updatedAt = timestamp();
}

function readUpdate(value: unknown, call: Call): FormationUpdate {
  if (!isRecord(value)) throw invalidParams('Each of updates must be an object.');
  const type = optionalString(value, 'type');
  if (type === undefined || !typePattern.test(type)) throw invalidParams('Each of updates must have a type.');
  const quantity = value['quantity'];
  if (quantity !== undefined && !isQuantity(quantity)) {
    throw invalidParams(`quantity must be a whole number from 0 to ${maxQuantity}.`);
  }
  const imageId = optionalString(value, 'docker_image');
  if (imageId !== undefined && call.version !== '3.docker-releases') {
    throw invalidParams(
      'docker_image needs the header "Accept: application/vnd.heroku+json; version=3.docker-releases".',
    );
  }
  if (imageId !== undefined && !imageIdPattern.test(imageId)) {
    throw invalidParams('docker_image must be an image ID, sha256: and 64 hex digits.');
  }
  const size = sizeOf(value);
  const command = optionalString(value, 'command');
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
  const wanted = isRecord(dynoSize)
    ? optionalString(dynoSize, 'name')
    : (optionalString(update, 'dyno_size') ?? optionalString(update, 'size'));
  if (wanted === undefined) return undefined;
  const size = sizes.find((known) => known.toLowerCase() === wanted.toLowerCase());
  if (!size) throw invalidParams(`No such dyno size as ${wanted}.`);
  return size;
}

function isQuantity(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxQuantity;
}

/** A process type may be named by its id, too. */
function typeName(app: App, identity: string): string {
  return app.record.formation.find(({ id }) => id === identity)?.type ?? identity;
}

async function viewOf(app: App, identity: string): Promise<Record<string, unknown>> {
  const processType = app.record.formation.find(({ type, id }) => type === identity || id === identity);
  if (!processType) throw notFound('process type');
  return formationView(app.record, processType, await app.commandOf(processType.type));
}

function formationViews(app: App): Promise<Record<string, unknown>[]> {
  return Promise.all(app.record.formation.map(({ type }) => viewOf(app, type)));
}
