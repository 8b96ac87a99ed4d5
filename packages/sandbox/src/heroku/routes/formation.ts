import type { App } from '../apps/app.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import { type ApiRoute, appOf, bodyOf, type Call, replyWithList } from '../api/call.ts';
import { createDeploy, type Deploy, isSameDeploy } from '../state/changes.ts';
import { ApiError, invalidParamsError, notFoundError } from '../errors.ts';
import { defaultSizeIn, limitProblem, withFittingSize } from '../state/dyno-limits.ts';
import {
  currentRelease,
  imageOf,
  type ImageReference,
  newestRelease,
  createProcessType,
  type ProcessType,
  type Release,
  repositoryOf,
  uuidOf,
} from '../state/model.ts';
import { serializeImage, serializeProcessType } from '../api/serialize.ts';
import { applyQuantity, type FormationUpdate, readUpdate } from './formation-update.ts';

export const formationRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/formation',
    handle: async (call) => replyWithList(call, await describeFormation(call), ['type', 'id']),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/formation/:type',
    handle: async (call) => {
      const type = findProcessType(appOf(call), call.parameters['type'] ?? '');
      if (!type) throw notFoundError('process type');
      return { status: 200, body: await describeProcessType(call, type) };
    },
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/formation',
    handle: async (call) => {
      const { updates } = await bodyOf(call);
      if (!Array.isArray(updates)) throw invalidParamsError('updates must be a list.');
      await updateFormation(
        call,
        appOf(call),
        updates.map((update) => readUpdate(update, call)),
      );
      return { status: 200, body: await describeFormation(call) };
    },
  },
  {
    method: 'PATCH',
    pattern: '/apps/:app/formation/:type',
    handle: async (call) => {
      const app = appOf(call);
      const type = resolveType(app, call.parameters['type'] ?? '');
      const before = findProcessType(app, type);
      await updateFormation(call, app, [readUpdate({ ...(await bodyOf(call)), type }, call)]);
      const after = findProcessType(app, type) ?? { ...before!, quantity: 0 };
      return { status: 200, body: await describeProcessType(call, after) };
    },
  },
];

/** Applies all updates or none, in one release. Everything is checked before any change. */
async function updateFormation(call: Call, app: App, updates: readonly FormationUpdate[]): Promise<void> {
  const { assumptions } = call;
  const named = updates.map((update) => ({ ...update, type: resolveType(app, update.type) }));
  if (new Set(named.map((update) => update.type)).size < named.length) {
    throw invalidParamsError('updates lists a process type twice.');
  }
  const deploy = await createDeployOf(call, app, named);
  for (const { type, quantity } of named) {
    const known = findProcessType(app, type);
    if (!known && !Object.hasOwn(deploy.images, type)) throw notFoundError('process type');
    if (quantity) applyQuantity(known?.quantity ?? 0, quantity);
  }
  const formation = scaleFormation(app.record.formation, named, call.clock.timestamp());
  const removed = new Set(deploy.removes);
  const problem = limitProblem(formation.filter(({ type }) => !removed.has(type)));
  if (problem !== undefined) throw invalidParamsError(problem);
  app.record.formation = formation;
  if (Object.keys(deploy.images).length > 0) app.record.stack = 'container';
  const compared = findComparedRelease(app, assumptions);
  warnOfSameImages(call, compared, deploy.images);
  const change = createDeploy(deploy, assumptions.releaseDescriptions);
  const onlyRemoves = Object.keys({ ...deploy.images, ...deploy.commands }).length === 0;
  if (!isSameDeploy(compared.snapshot, deploy) && !(onlyRemoves && assumptions.removals === 'silent')) {
    await app.release(change);
  } else if (deploy.removes.length > 0) await app.amend(change);
  else await app.scale();
}

async function createDeployOf(call: Call, app: App, updates: readonly FormationUpdate[]): Promise<Deploy> {
  return {
    images: await findImages(call, app, updates),
    commands: Object.fromEntries(
      updates.flatMap(({ type, command }) =>
        command === undefined || call.assumptions.commands === 'ignored' ? [] : [[type, command] as const],
      ),
    ),
    removes: updates.flatMap(({ type, image }) => (image === null ? [type] : [])),
  };
}

/** Returns the release to compare with: a deploy of its images changes nothing. */
function findComparedRelease({ record }: App, { sameImageAfterFailure }: HerokuAssumptions): Release {
  const newest = newestRelease(record);
  const isOver = newest.status === 'failed' || newest.status === 'expired';
  return isOver && sameImageAfterFailure === 'released' ? currentRelease(record) : newest;
}

function warnOfSameImages(
  { response }: Call,
  { snapshot }: Release,
  images: Readonly<Record<string, ImageReference>>,
): void {
  const warnings = Object.entries(images).flatMap(([type, { imageId }]) =>
    imageOf(snapshot, type)?.imageId === imageId
      ? [`The process type ${type} was not updated, because it is already running the specified docker image.`]
      : [],
  );
  if (warnings.length > 0) response.setHeader('warning-message', warnings.join(' '));
}

async function findImages(
  call: Call,
  app: App,
  updates: readonly FormationUpdate[],
): Promise<Record<string, ImageReference>> {
  const images: [string, ImageReference][] = [];
  for (const { type, image } of updates) {
    if (typeof image !== 'string') continue;
    const imageId = resolveImage(app, image);
    const others = call.assumptions.sharedImages ? [...app.record.formation, ...updates].map((item) => item.type) : [];
    const types = [...new Set([type, ...others])];
    const source = await findFirst(types, (one) => isReleasable(call, repositoryOf(app.record, one), imageId));
    if (source === undefined) {
      const repositories = types.map((one) => `${app.record.name}/${one}`);
      const message = `docker_image ${image} was not found in registry repository ${repositories.join(' or ')}.`;
      throw call.assumptions.missingImage === 404
        ? new ApiError(404, 'not_found', message)
        : invalidParamsError(message);
    }
    images.push([type, { repository: repositoryOf(app.record, source), imageId }]);
  }
  return Object.fromEntries(images);
}

/** Returns the ID of an image, which may also be identified by the UUID that the formation showed. */
function resolveImage({ record }: App, image: string): string {
  const released = record.releases.flatMap(({ snapshot }) => Object.values(snapshot.images));
  return released.find(({ imageId }) => uuidOf(imageId) === image)?.imageId ?? image;
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

/** Returns the formation with new quantities and sizes. A process type that isn't in it yet is added. */
function scaleFormation(
  formation: readonly ProcessType[],
  updates: readonly FormationUpdate[],
  now: string,
): ProcessType[] {
  const next = new Map(formation.map((processType) => [processType.type, processType]));
  const isNew = ({ type }: FormationUpdate): boolean => !next.has(type);
  const scaling = updates.filter(({ image }) => image !== null);
  for (const update of [...scaling.filter((one) => !isNew(one)), ...scaling.filter(isNew)]) {
    const before = next.get(update.type) ?? createProcessType(update.type, now, defaultSizeIn([...next.values()]));
    const { size = before.size } = update;
    const quantity = update.quantity ? applyQuantity(before.quantity, update.quantity) : before.quantity;
    next.set(update.type, { ...before, quantity, size, updatedAt: now });
  }
  const sized = new Set(scaling.filter(({ size }) => size !== undefined).map(({ type }) => type));
  const all = [...next.values()];
  return all.map((processType) => (sized.has(processType.type) ? processType : withFittingSize(processType, all)));
}

/** Finds a process type by name or ID. */
function findProcessType({ record }: App, identity: string): ProcessType | undefined {
  return record.formation.find(({ type, id }) => type === identity || id === identity);
}

function resolveType(app: App, identity: string): string {
  return findProcessType(app, identity)?.type ?? identity;
}

async function describeProcessType(call: Call, processType: ProcessType): Promise<Record<string, unknown>> {
  const app = appOf(call);
  const { assumptions, version } = call;
  const command = await app.commandOf(processType.type);
  const described = serializeProcessType(app.record, processType, command);
  if (version !== '3.docker-releases' || assumptions.formationImages === 'hidden') return described;
  const release = assumptions.formationImageOf === 'newest-release' ? newestRelease : currentRelease;
  return { ...described, docker_image: serializeImage(release(app.record), processType.type) };
}

function describeFormation(call: Call): Promise<Record<string, unknown>[]> {
  return Promise.all(appOf(call).record.formation.map((processType) => describeProcessType(call, processType)));
}
