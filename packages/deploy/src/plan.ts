import type { Secret } from '@tozo/heroku-client';
import { defaultHealthCheck, type DeployConfig, type HealthCheck } from './config/schema.ts';
import type { BuilderName, BuildOutline, BuiltImages, Digest } from './ports.ts';
import type { CurrentState } from './state/current-state.ts';

/** What a deploy will do. Plain data, computed without I/O: `--dry-run` prints it, the deploy carries it out. */
export interface DeployPlan {
  readonly app: string;
  readonly build: PlannedBuild;
  readonly images: readonly PlannedImage[];
  readonly configVars: ConfigVarsChange;
  readonly scale: readonly ScaleChange[];
  /** Whether a release is created, and why or why not. */
  readonly release: { readonly needed: boolean; readonly reason: string };
  readonly verify: PlannedVerification;
  readonly rollback: 'auto' | 'never';
  readonly currentRelease?: number;
  readonly warnings: readonly string[];
}

export interface PlannedBuild {
  readonly builder: BuilderName;
  /** Why this builder, in one phrase. */
  readonly reason: string;
  readonly base?: { readonly reference: string; readonly standIn: boolean };
  readonly layers: readonly {
    readonly instruction: string;
    readonly files?: number;
    readonly size?: number;
    readonly reused: boolean;
  }[];
}

/** The image of one process type. `imageId` is absent until the image is built. */
export interface PlannedImage {
  readonly type: string;
  readonly repository: string;
  readonly imageId?: Digest;
  readonly command?: readonly string[];
  /** Whether the registry already has exactly this image under the tag. */
  readonly pushed: boolean;
}

/** Names only: values never enter a plan. */
export interface ConfigVarsChange {
  readonly set: readonly string[];
  readonly unchanged: readonly string[];
}

export interface ScaleChange {
  readonly type: string;
  readonly from: number | undefined;
  readonly to: number;
}

export interface PlannedVerification {
  readonly health: HealthCheck;
  /** `marker`: the new version proves itself; `status`: something healthy responds; `dynos`: there's no URL to check. */
  readonly by: 'marker' | 'status' | 'dynos';
  /** Only by `marker`, once the image is built. */
  readonly marker?: VersionMarker;
}

/** The response header in which the app reports its version, and the value that proves the new one. */
export interface VersionMarker {
  readonly header: string;
  readonly value: Digest;
}

/** Compares what deploy.json and the build say with what runs now. */
export function planDeploy(
  config: DeployConfig,
  configVars: Readonly<Record<string, Secret>>,
  build: BuildOutline | BuiltImages,
  current: CurrentState,
): DeployPlan {
  const images = planImages(config, build, current);
  return {
    app: current.app.name,
    build: planBuild(build),
    images,
    configVars: planConfigVars(configVars, current.configVars),
    scale: planScale(config, current),
    release: planRelease(images, current),
    verify: planVerification(config, build),
    rollback: config.rollback,
    ...(current.release ? { currentRelease: current.release.version } : {}),
    warnings: [...build.warnings, ...planWarnings(config, build)],
  };
}

/** Returns whether carrying out the plan changes nothing. */
export function isUnchanged(plan: DeployPlan): boolean {
  return (
    !plan.release.needed &&
    plan.images.every((image) => image.pushed) &&
    plan.configVars.set.length === 0 &&
    plan.scale.length === 0
  );
}

export function isBuilt(build: BuildOutline | BuiltImages): build is BuiltImages {
  return 'images' in build;
}

function planBuild(build: BuildOutline | BuiltImages): PlannedBuild {
  const { builder, reason } = build;
  if (!isBuilt(build)) return { builder, reason, layers: [] };
  const { base, layers } = build;
  return { builder, reason, ...(base ? { base } : {}), layers };
}

function planImages(config: DeployConfig, build: BuildOutline | BuiltImages, current: CurrentState): PlannedImage[] {
  return Object.entries(config.processes).map(([type, process]) => {
    const imageId = isBuilt(build) ? build.images[type]?.imageId : undefined;
    return {
      type,
      repository: `${current.app.name}/${type}`,
      ...(imageId ? { imageId } : {}),
      ...(process?.command ? { command: process.command } : {}),
      pushed: imageId !== undefined && current.registry[type] === imageId,
    };
  });
}

function planConfigVars(
  declared: Readonly<Record<string, Secret>>,
  current: Readonly<Record<string, Secret>>,
): ConfigVarsChange {
  const entries = Object.entries(declared).sort(([a], [b]) => (a < b ? -1 : 1));
  const isSet = ([name, value]: [string, Secret]): boolean => value.equals(current[name]);
  return {
    set: entries.filter((entry) => !isSet(entry)).map(([name]) => name),
    unchanged: entries.filter(isSet).map(([name]) => name),
  };
}

function planScale(config: DeployConfig, current: CurrentState): ScaleChange[] {
  return Object.entries(config.processes).flatMap(([type, process]) => {
    const to = process && 'dynos' in process ? process.dynos : undefined;
    const from = current.formation[type];
    return to === undefined || to === from ? [] : [{ type, from, to }];
  });
}

function planRelease(images: readonly PlannedImage[], { running }: CurrentState): DeployPlan['release'] {
  if (images.some((image) => image.imageId === undefined)) {
    return { needed: true, reason: 'the image is unknown until it is built' };
  }
  if (running.kind === 'unknown') return { needed: true, reason: `the running images are unknown: ${running.reason}` };
  const differing = images.filter(({ type, imageId }) => running.images[type] !== imageId).map(({ type }) => type);
  return differing.length === 0
    ? { needed: false, reason: 'these images are already running' }
    : { needed: true, reason: `new image for ${differing.join(', ')}` };
}

function planVerification(config: DeployConfig, build: BuildOutline | BuiltImages): PlannedVerification {
  const health = config.processes.web?.health ?? defaultHealthCheck;
  if (!config.processes.web) return { health, by: 'dynos' };
  const header = health.versionHeader;
  if (!header || !build.declaresSourceDigest) return { health, by: 'status' };
  return { health, by: 'marker', ...(isBuilt(build) ? { marker: { header, value: build.sourceDigest } } : {}) };
}

function planWarnings(config: DeployConfig, build: BuildOutline): string[] {
  const header = config.processes.web?.health?.versionHeader;
  return header && !build.declaresSourceDigest
    ? [
        `The Dockerfile has no ARG SOURCE_DIGEST, so the header ${header} can't prove the version. Add ARG SOURCE_DIGEST and ENV SOURCE_DIGEST=$SOURCE_DIGEST.`,
      ]
    : [];
}
