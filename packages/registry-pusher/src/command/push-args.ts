import { RegistryPusherError } from '../image/errors.ts';
import type { ManifestFormat } from '../image/manifest.ts';
import { defaultPlatform, type Platform } from '../image/platform.ts';
import type { ImageReference } from '../image/reference.ts';
import { defaultRunMaxAge, parseAge } from '../run/reuse/age.ts';

/** What all commands accept. */
export interface Common {
  readonly platform: Platform;
  readonly username: string | undefined;
}

export interface PushArgs extends Common {
  readonly command: 'push';
  /** A layout's, for `--output`. */
  readonly target: ImageReference;
  /** The layout with the image to push. Without one, the Dockerfile is built. */
  readonly from: ImageReference | undefined;
  readonly tags: readonly string[];
  readonly context: string;
  readonly dockerfile: string | undefined;
  /** `NAME=value`, or `NAME` for the environment's value. */
  readonly buildArgs: readonly string[];
  /** `NAME=DIR`. */
  readonly buildContexts: readonly string[];
  readonly stage: string | undefined;
  readonly builder: 'auto' | 'direct' | 'docker';
  readonly network: string | undefined;
  readonly reuseFrom: ImageReference | undefined;
  /** Whether `target` is a name that was given: a made-up one names no image to reuse. */
  readonly isTargetGiven: boolean;
  readonly revision: string | undefined;
  readonly format: ManifestFormat;
  readonly verifyReuse: boolean;
  readonly pin: boolean;
  readonly cacheDir: string | undefined;
  /** `id=NAME`, with `src=FILE` or `env=VARIABLE`, as in `docker build`. */
  readonly secrets: readonly string[];
  /** When a RUN is ended. Milliseconds. */
  readonly runTimeout: number;
  readonly cache: CacheArgs;
}

/** Where results of RUN come from, and which of them are used. */
export interface CacheArgs {
  readonly from: readonly string[];
  readonly to: string | undefined;
  /** Seconds. */
  readonly runMaxAge: number;
  readonly isOff: boolean;
}

/** Returns the arguments of a push without any option. */
export function defaultPushArgs(target: ImageReference): PushArgs {
  return {
    command: 'push',
    platform: defaultPlatform,
    username: undefined,
    target,
    from: undefined,
    tags: [],
    context: '.',
    dockerfile: undefined,
    buildArgs: [],
    buildContexts: [],
    stage: undefined,
    builder: 'auto',
    network: undefined,
    reuseFrom: undefined,
    isTargetGiven: true,
    revision: undefined,
    format: 'docker',
    verifyReuse: false,
    pin: false,
    cacheDir: undefined,
    secrets: [],
    runTimeout: parseTimeout(undefined),
    ...parseCacheOptions({}),
  };
}

interface CacheOptionValues {
  readonly 'cache-from'?: string[] | undefined;
  readonly 'cache-to'?: string | undefined;
  readonly 'run-max-age'?: string | undefined;
  readonly 'no-cache'?: boolean | undefined;
}

/** @throws RegistryPusherError OPTIONS_INVALID */
export function parseCacheOptions(values: CacheOptionValues): { readonly cache: CacheArgs } {
  const { 'run-max-age': age } = values;
  const runMaxAge = age === undefined ? defaultRunMaxAge : parseAge(age);
  if (runMaxAge === undefined)
    throw usageError(`Invalid --run-max-age "${age}": use a number and a unit, such as 14d, 12h or 30m.`);
  const isOff = values['no-cache'] ?? false;
  return { cache: { from: values['cache-from'] ?? [], to: values['cache-to'], runMaxAge, isOff } };
}

const defaultRunTimeout = 3600;

/** @throws RegistryPusherError OPTIONS_INVALID */
export function parseTimeout(text: string | undefined): number {
  if (text !== undefined && !/^[1-9]\d{0,6}$/.test(text))
    throw usageError(`Invalid --run-timeout "${text}": use a number of seconds.`);
  return Number(text ?? defaultRunTimeout) * 1000;
}

/** @throws RegistryPusherError OPTIONS_INVALID */
export function oneOf<T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw usageError(`Invalid ${option} "${value}": use one of ${choices.join(', ')}.`);
}

export const builders = ['auto', 'direct', 'docker'] as const;

export function usageError(message: string): RegistryPusherError {
  return new RegistryPusherError('OPTIONS_INVALID', `${message} See registry-pusher --help.`);
}
