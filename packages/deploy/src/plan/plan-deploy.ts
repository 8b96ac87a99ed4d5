import { type Secret, shortImageId } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { defaultHealthCheck, type DeployConfig } from '../config/schema.ts';
import type { BuildOutline, BuiltImages, Digest } from '../ports.ts';
import type { CurrentState } from '../state/current-state.ts';
import { canonicalJson } from './canonical-json.ts';
import type {
  ConfigVarsChange,
  DeployPlan,
  PlanBasis,
  PlannedBuild,
  PlannedImage,
  PlannedVerification,
} from './plan.ts';
import { typesRunBy } from '../state/image-release.ts';
import { pendingRelease } from '../state/releases.ts';
import { planProcessTypes } from './plan-process-types.ts';
import { planPush } from './plan-push.ts';
import { planRollbackTarget } from './plan-rollback.ts';
import { planWarnings, warnOfEarlierEnd } from './plan-warnings.ts';

/** Compares what deploy.json and the build say with what runs now. */
export function planDeploy(
  config: DeployConfig,
  configVars: Readonly<Record<string, Secret>>,
  build: BuildOutline | BuiltImages,
  current: CurrentState,
): DeployPlan {
  const images = planImages(config, build, current);
  const release = planRelease(images, config, current);
  const types = planProcessTypes(config, current);
  const changedConfigVars = planConfigVars(configVars, current);
  const restartsAll = release.needed || changedConfigVars.set.length > 0;
  return {
    app: current.app.name,
    ...(current.app.webUrl && config.processes.web ? { url: current.app.webUrl } : {}),
    build: planBuild(build),
    images,
    ...(isBuilt(build) ? { push: planPush(current.app.name, build, images, current.storedLayers) } : {}),
    configVars: changedConfigVars,
    scale: types.scale,
    keptCounts: types.keptCounts,
    dynos: types.dynos,
    removals: types.removals,
    othersTypes: types.othersTypes,
    restarts: restartsAll ? planRestarts(current, types.scale, changedConfigVars) : [],
    release,
    preboot: current.preboot,
    verify: planVerification(config, build),
    rollback: config.rollback,
    ...planRollbackTarget(current, Object.keys(configVars)),
    ...(current.release ? { currentRelease: current.release.version } : {}),
    warnings: [
      ...build.warnings,
      ...planWarnings(config, build, isBuilt(build) ? build.images : {}),
      ...(release.needed ? warnOfEarlierEnd(images, current.records) : []),
    ],
    unknowns: [...(build.unknowns ?? []), ...current.unknowns, ...types.unknowns, ...planUnknowns(config, current)],
    basis: planBasis(config, current),
  };
}

function planBasis(config: DeployConfig, { app, releases, formation, configVars }: CurrentState): PlanBasis {
  const [newest] = releases;
  return {
    appId: app.id,
    ...(newest ? { newestRelease: { id: newest.id, version: newest.version, description: newest.description } } : {}),
    formation,
    configVars: Object.keys(configVars).sort(),
    config: digestOf(canonicalJson(config)),
  };
}

export function isBuilt(build: BuildOutline | BuiltImages): build is BuiltImages {
  return 'images' in build;
}

function planBuild(build: BuildOutline | BuiltImages): PlannedBuild {
  const { builder, reason, imagesFrom } = build;
  const outline = { builder, reason, ...(imagesFrom ? { imagesFrom } : {}) };
  if (!isBuilt(build)) return { ...outline, layers: [] };
  const { base } = build;
  // A builder's layers have more fields, which aren't part of the published plan.
  const layers = build.layers.map(({ instruction, files, size, reused }) => ({
    instruction,
    ...(files === undefined ? {} : { files }),
    ...(size === undefined ? {} : { size }),
    reused,
  }));
  return { ...outline, ...(base ? { base } : {}), layers };
}

function planImages(config: DeployConfig, build: BuildOutline | BuiltImages, current: CurrentState): PlannedImage[] {
  return Object.entries(config.processes).map(([type, process]) => {
    const imageId = isBuilt(build) ? build.images[type]?.imageId : undefined;
    const running = runningImage(current, type, imageId);
    return {
      type,
      repository: `${current.app.name}/${type}`,
      ...(imageId ? { imageId } : {}),
      ...(running ? { running } : {}),
      ...(process?.command ? { command: process.command } : {}),
      pushed: imageId !== undefined && current.registry[type] === imageId,
    };
  });
}

function planConfigVars(declared: Readonly<Record<string, Secret>>, current: CurrentState): ConfigVarsChange {
  const entries = Object.entries(declared).sort(([a], [b]) => (a < b ? -1 : 1));
  const isStored = ([name, value]: [string, Secret]): boolean => value.equals(current.configVars[name]);
  const isInEffect = ([name]: [string, Secret]): boolean => !current.configVarsNotInEffect.includes(name);
  const names = (some: readonly [string, Secret][]): string[] => some.map(([name]) => name);
  const set = names(entries.filter((entry) => !isStored(entry) || !isInEffect(entry)));
  return {
    set,
    unchanged: names(entries.filter((entry) => isStored(entry) && isInEffect(entry))),
    notInEffect: names(entries.filter((entry) => isStored(entry) && !isInEffect(entry))),
    phase: set.length > 0 && runsReleasePhase(current),
  };
}

function planRelease(
  images: readonly PlannedImage[],
  config: DeployConfig,
  current: CurrentState,
): DeployPlan['release'] {
  const phase = config.processes.release !== undefined || runsReleasePhase(current);
  if (images.some((image) => image.imageId === undefined)) {
    return { needed: true, reason: 'the image is unknown until it is built', phase };
  }
  if (!current.ranBefore) {
    return { needed: true, reason: `first image of ${images.map(({ type }) => type).join(', ')}`, phase };
  }
  const unknown = images.filter((image) => image.running === undefined && mayRunUnknown(current, image));
  if (unknown.length > 0) {
    const { running } = current;
    const why = running.kind === 'unknown' ? running.reason : `of ${unknown.map(({ type }) => type).join(', ')}`;
    return { needed: true, reason: `the running images are unknown: ${why}`, phase };
  }
  const differing = images.filter(({ imageId, running }) => running !== imageId).map(({ type }) => type);
  return differing.length === 0
    ? { needed: false, reason: 'these images are already running', phase }
    : { needed: true, reason: `new image for ${differing.join(', ')}`, phase };
}

/** Returns the image that a type runs, if one of those known has its short ID. */
function runningImage(current: CurrentState, type: string, next: Digest | undefined): Digest | undefined {
  const { running, runningIds, registry, record, runningRecord, formation } = current;
  // A removed type is gone from the formation, but not from the descriptions of earlier releases.
  if (formation[type] === undefined) return undefined;
  if (!runningIds) return running.kind === 'known' ? running.images[type] : undefined;
  const shortId = runningIds.ids[type];
  return [next, registry[type], runningRecord?.images[type], record?.images[type]].find(
    (image) => image && shortImageId(image) === shortId,
  );
}

/** Returns whether a type whose running image isn't known may run the very image that is deployed. */
function mayRunUnknown({ running, runningIds, formation }: CurrentState, { type, imageId }: PlannedImage): boolean {
  // A type was removed, and then its release was gone back to: Heroku may take its image for released.
  if (formation[type] === undefined && imageId !== undefined) {
    if (runningIds) return runningIds.ids[type] === shortImageId(imageId);
    if (running.kind === 'known') return running.images[type] === imageId;
  }
  if (!runningIds) return running.kind === 'unknown';
  return runningIds.ids[type] === undefined && !runningIds.isComplete;
}

/** A release restarts the dynos of all process types. Those scaled to 0 with the images stop, and start no more. */
function planRestarts(current: CurrentState, scale: DeployPlan['scale'], { set }: ConfigVarsChange): string[] {
  const stopped = set.length > 0 ? [] : scale.filter(({ to }) => to === 0).map(({ type }) => type);
  const running = typesNow(current).filter((type) => type !== 'release' && current.formation[type]! > 0);
  return running.filter((type) => !stopped.includes(type));
}

/** Returns the types of the formation that the current release runs, as far as that's known. */
function typesNow(current: CurrentState): string[] {
  const types = knownTypes(current);
  return Object.keys(current.formation).filter((type) => types?.has(type) ?? true);
}

/** Returns whether a release of config vars only would run a release phase: it has no dynos, so the formation may not list it. */
function runsReleasePhase(current: CurrentState): boolean {
  return knownTypes(current)?.has('release') ?? current.formation['release'] !== undefined;
}

function knownTypes({ release, releases, removals }: CurrentState): ReadonlySet<string> | undefined {
  return release && typesRunBy(releases, release, removals);
}

function planVerification(config: DeployConfig, build: BuildOutline | BuiltImages): PlannedVerification {
  const health = config.processes.web?.health ?? defaultHealthCheck;
  if (!config.processes.web) return { health, by: 'dynos' };
  const header = health.versionHeader;
  if (!header || !build.declaresSourceDigest) return { health, by: 'status' };
  return { health, by: 'marker', ...markerOf(header, build) };
}

function markerOf(header: string, build: BuildOutline | BuiltImages): Pick<PlannedVerification, 'marker'> {
  return isBuilt(build) && build.sourceDigest ? { marker: { header, value: build.sourceDigest } } : {};
}

function planUnknowns({ processes }: DeployConfig, { app, releases }: CurrentState): string[] {
  const pending = pendingRelease(releases);
  return [
    ...(pending
      ? [`v${pending.version} ("${pending.description}") is pending: a deploy waits for its end, and then plans again.`]
      : []),
    ...(processes.web && app.webUrl === null
      ? [`Heroku shows no URL for ${app.name}, so only its dynos can be checked.`]
      : []),
    ...(processes.release
      ? ["Heroku shows the output of the release phase only if the image contains curl, which isn't checked."]
      : []),
  ];
}
