import type { HealthCheck } from '../config/schema.ts';
import type { BuilderName, Digest, ImagesOrigin } from '../ports.ts';

/** What a deploy will do. Plain data, computed without I/O: `--dry-run` prints it, the deploy carries it out. */
export interface DeployPlan {
  readonly app: string;
  /** The environment of deploy.json that it's about. */
  readonly environment?: string;
  /** The app's URL. */
  readonly url?: string;
  readonly build: PlannedBuild;
  readonly images: readonly PlannedImage[];
  /** Absent until the images are built. */
  readonly push?: PlannedPush;
  readonly configVars: ConfigVarsChange;
  /** The dyno counts that the deploy sets. */
  readonly scale: readonly ScaleChange[];
  /** The declared dyno counts that the deploy doesn't set, because a person or an autoscaler changed them. */
  readonly keptCounts: readonly KeptCount[];
  /** The dynos that should run after the deploy, by process type of deploy.json, `release` excluded. */
  readonly dynos: Readonly<Record<string, number>>;
  /** Process types that the last deploy had and deploy.json no longer lists: removed once the new version is verified. */
  readonly removals: readonly string[];
  /** Process types that no deploy of this project created: they stay unchanged. */
  readonly othersTypes: readonly string[];
  /** Process types whose dynos restart. */
  readonly restarts: readonly string[];
  readonly release: PlannedRelease;
  /** Whether Preboot is on, or may be on. */
  readonly preboot: boolean;
  readonly verify: PlannedVerification;
  readonly rollback: 'auto' | 'never';
  /** The release to go back to if the new version is unhealthy. Absent when no image ran before. */
  readonly rollbackTarget?: RollbackTarget;
  readonly currentRelease?: number;
  readonly warnings: readonly string[];
  /** What can't be known before the deploy, each as a sentence. */
  readonly unknowns: readonly string[];
  readonly basis: PlanBasis;
}

/** What a plan was made from, as far as nothing above says it: a saved plan holds while all of it stays the same. */
export interface PlanBasis {
  readonly appId: string;
  readonly newestRelease?: { readonly id: string; readonly version: number; readonly description: string };
  /** Dynos by process type. */
  readonly formation: Readonly<Record<string, number>>;
  /** The names of all config vars of the app. */
  readonly configVars: readonly string[];
  /** A digest of deploy.json, as it applies to this deploy. */
  readonly config: Digest;
}

export interface PlannedBuild {
  readonly builder: BuilderName;
  /** Why this builder, in one phrase. */
  readonly reason: string;
  /** The deploy whose images are used. Absent when they are built. */
  readonly imagesFrom?: ImagesOrigin;
  readonly base?: { readonly reference: string; readonly standIn: boolean };
  readonly layers: readonly {
    readonly instruction: string;
    readonly files?: number;
    /** Uncompressed bytes. */
    readonly size?: number;
    readonly reused: boolean;
  }[];
}

/** The image of one process type. `imageId` is absent until the image is built. */
export interface PlannedImage {
  readonly type: string;
  readonly repository: string;
  readonly imageId?: Digest;
  /** The image that this type runs now, where known. */
  readonly running?: Digest;
  readonly command?: readonly string[];
  /** Whether the registry already has exactly this image under the tag. */
  readonly pushed: boolean;
}

/**
 * What a push sends and reuses, counted like its result: bytes of layers in each repository, and of configs to send. Layers
 * count once. Those that aren't compressed yet count with their uncompressed bytes.
 */
export interface PlannedPush {
  readonly sentLayers: number;
  readonly sentBytes: number;
  readonly reusedLayers: number;
  readonly reusedBytes: number;
  /** Layers in the repositories of other apps. The registry takes them over where it can, otherwise they are sent. */
  readonly mountable?: { readonly layers: number; readonly bytes: number };
}

/** Names only: values never enter a plan. */
export interface ConfigVarsChange {
  readonly set: readonly string[];
  readonly unchanged: readonly string[];
  /** Part of `set`: the API shows their declared values, but the release that set them failed. */
  readonly notInEffect: readonly string[];
  /** Whether setting them runs the release phase of the images that run now. */
  readonly phase: boolean;
}

export interface ScaleChange {
  readonly type: string;
  /** Undefined if the app doesn't have this process type yet. */
  readonly from: number | undefined;
  readonly to: number;
  readonly reason: 'first-deploy' | 'declared-count-changed';
}

export interface KeptCount {
  readonly type: string;
  readonly declared: number;
  readonly actual: number;
}

export interface PlannedRelease {
  /** Whether a release of images is created, and why or why not. */
  readonly needed: boolean;
  readonly reason: string;
  /** Whether a release of images runs a release phase. */
  readonly phase: boolean;
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

export interface RollbackTarget {
  readonly id: string;
  readonly version: number;
  /** Heroku keeps it at least until then, ISO 8601. Absent if the API doesn't say when it was created. */
  readonly keptUntil?: string;
}

/** Returns whether carrying out the plan changes nothing. */
export function isUnchanged(plan: DeployPlan): boolean {
  return (
    !plan.release.needed &&
    plan.images.every((image) => image.pushed) &&
    plan.configVars.set.length === 0 &&
    plan.scale.length === 0 &&
    plan.removals.length === 0
  );
}
