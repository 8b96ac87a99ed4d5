import type { Secret } from '@tozo/heroku-client';
import type { Digest } from '@tozo/registry-pusher';
import type { DeployConfig, HealthCheck } from './config.ts';
import { defaultHealthCheck } from './config.ts';
import type { CurrentState } from './current-state.ts';
import type { Described } from './describe.ts';

/** What a deploy will do. Plain data, computed without I/O: `--dry-run` prints it, the deploy carries it out. */
export interface DeployPlan {
  readonly app: string;
  readonly build: PlannedBuild;
  readonly images: readonly PlannedImage[];
  readonly configVars: ConfigVarsChange;
  readonly scale: readonly ScaleChange[];
  /** Whether a release is made, and why or why not. */
  readonly release: { readonly needed: boolean; readonly reason: string };
  readonly verify: PlannedVerification;
  readonly rollback: 'auto' | 'never';
  readonly currentRelease?: number;
  readonly warnings: readonly string[];
}

export interface PlannedBuild {
  readonly builder: 'direct' | 'docker';
  /** Why this builder, one sentence. */
  readonly reason: string;
  readonly base?: { readonly reference: string; readonly standIn: boolean };
  readonly layers: readonly {
    readonly instruction: string;
    readonly files?: number;
    readonly size?: number;
    readonly reused: boolean;
  }[];
}

/** One process type's image. `imageId` is absent while it is unknown until built. */
export interface PlannedImage {
  readonly type: string;
  readonly repository: string;
  readonly imageId?: Digest;
  readonly command?: readonly string[];
  /** True when the registry holds exactly this image under the tag already. */
  readonly pushed: boolean;
}

/** By name only: values never enter a plan. */
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
  /** `marker`: the new version proves itself; `status`: only that something healthy answers; `dynos`: nothing to ask. */
  readonly by: 'marker' | 'status' | 'dynos';
}

/**
 * Compares what deploy.json and the built image say with what runs now.
 * @param configVars the declared config vars with their values
 */
export function planDeploy(
  config: DeployConfig,
  configVars: Readonly<Record<string, Secret>>,
  described: Described,
  current: CurrentState,
): DeployPlan {
  const images = planImages(config, described, current);
  const change = planConfigVars(configVars, current.configVars);
  return {
    app: current.app.name,
    build: planBuild(described),
    images,
    configVars: change,
    scale: planScale(config, current),
    release: planRelease(images, current),
    verify: planVerification(config, described),
    rollback: config.rollback,
    ...(current.release ? { currentRelease: current.release.version } : {}),
    warnings: [...described.warnings, ...planWarnings(config, described)],
  };
}

/** True when carrying out the plan changes nothing. */
export function isUnchanged(plan: DeployPlan): boolean {
  return (
    !plan.release.needed &&
    plan.images.every((image) => image.pushed) &&
    plan.configVars.set.length === 0 &&
    plan.scale.length === 0
  );
}

function planBuild({ builder, reason, image }: Described): PlannedBuild {
  return {
    builder,
    reason,
    ...(image?.base ? { base: { reference: image.base.text, standIn: image.base.standIn } } : {}),
    layers: image?.layers ?? [],
  };
}

function planImages(config: DeployConfig, described: Described, current: CurrentState): PlannedImage[] {
  return Object.entries(config.processes).map(([type, process]) => {
    const imageId = described.imageIds?.[type];
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
  if (running.kind === 'unknown') return { needed: true, reason: `what runs now is not known: ${running.reason}` };
  const differing = images.filter(({ type, imageId }) => running.images[type] !== imageId).map(({ type }) => type);
  return differing.length === 0
    ? { needed: false, reason: 'these images run already' }
    : { needed: true, reason: `another image for ${differing.join(', ')}` };
}

function planVerification(config: DeployConfig, described: Described): PlannedVerification {
  const health = config.processes.web?.health ?? defaultHealthCheck;
  if (!config.processes.web) return { health, by: 'dynos' };
  return { health, by: health.versionHeader && described.declaresSourceDigest ? 'marker' : 'status' };
}

function planWarnings(config: DeployConfig, described: Described): string[] {
  const header = config.processes.web?.health?.versionHeader;
  return header && !described.declaresSourceDigest
    ? [
        `The Dockerfile has no ARG SOURCE_DIGEST, so the header ${header} cannot prove the version. Add ARG SOURCE_DIGEST and ENV SOURCE_DIGEST=$SOURCE_DIGEST.`,
      ]
    : [];
}
