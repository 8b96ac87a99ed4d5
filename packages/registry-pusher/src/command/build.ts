import type { BuildRequest, BuiltImage, PreviousImage } from '../build/builder.ts';
import { checkContext } from '../build/direct/check-context.ts';
import { chooseBuilder } from '../build/choose.ts';
import { buildDirect } from '../build/direct/build-direct.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { findPreviousImage, type FoundImages } from '../build/previous-image.ts';
import { instructionUnsupportedError } from '../build/dockerfile/errors.ts';
import { probeExecutor } from '../run/probe/probe-executor.ts';
import type { RunBuildOptions } from '../build/direct/run-builder.ts';
import { type CachePlace, gitlabCachePlace, namedCachePlace } from '../run/cache/cache-place.ts';
import { readCache, writeCache } from '../run/cache/cache-repository.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { dockerCredentials } from '../registry/login/docker-credentials.ts';
import { readBuildSecrets } from './build-secrets.ts';
import type { CommandContext } from './command-context.ts';
import type { PushArgs } from './push-args.ts';

/** What to push. */
export interface BuildOutcome {
  readonly builder: 'direct' | 'docker';
  readonly built: BuiltImage;
  /** The image that the target tag refers to now. */
  readonly current?: PreviousImage;
}

/**
 * Builds a Dockerfile. Rejects bad input before the first request to a registry.
 * @throws RegistryPusherError as the builders do
 */
export async function build(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
): Promise<BuildOutcome> {
  const choice = await chooseFor(args, request, context);
  return choice.builder === 'direct'
    ? orWithDocker(args, request, registry, context, choice.run)
    : withDocker(args, request, registry, context);
}

type Choice =
  { readonly builder: 'direct'; readonly run: RunBuildOptions | undefined } | { readonly builder: 'docker' };

/**
 * Chooses the direct builder if it can carry out every instruction here: RUN, too, where an executor is found.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED
 */
async function chooseFor({ builder }: PushArgs, request: BuildRequest, { console }: CommandContext): Promise<Choice> {
  if (builder === 'docker') return { builder };
  const text = await readTextFile(request.dockerfile).catch(() => undefined);
  if (text === undefined || chooseBuilder(text, request).builder === 'direct')
    return { builder: 'direct', run: undefined };
  const probed = await probeExecutor();
  // Where nothing executes RUN, an earlier build may have the results of all of them.
  const choice = chooseBuilder(text, { ...request, canRun: true });
  if (choice.builder === 'direct') {
    if (probed.executor) console.note(`RUN is reused, or executed ${probed.executor.description}`);
    else console.note(`RUN is reused, and not executed: ${probed.reason}`);
    return { builder: 'direct', run: { executor: probed.executor, whyNoExecutor: probed.reason } };
  }
  if (builder === 'direct') throw instructionUnsupportedError(choice.reasons);
  for (const { line, instruction, reason } of choice.reasons)
    console.note(`using the docker builder because of Dockerfile line ${line}: ${instruction}: ${reason}`);
  return { builder: 'docker' };
}

/** Builds by reuse and execution here; with Docker if a RUN has to run and nothing here can do that. */
async function orWithDocker(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
  run: RunBuildOptions | undefined,
): Promise<BuildOutcome> {
  try {
    return await withDirect(args, request, registry, context, run);
  } catch (error) {
    if (!(error instanceof RegistryPusherError) || error.code !== 'RUN_REFUSED' || args.builder === 'direct')
      throw error;
    context.console.note(`using the docker builder: ${error.message}`);
    return withDocker(args, request, registry, context);
  }
}

/** Reads the previous image, the cache and the base concurrently. */
async function withDirect(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
  run: RunBuildOptions | undefined,
): Promise<BuildOutcome> {
  const { signal, console } = context;
  if (args.network !== undefined)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      '--network applies to Docker: add --builder docker, or write RUN --network=none.',
    );
  if (args.secrets.length > 0 && run === undefined)
    throw new RegistryPusherError('OPTIONS_INVALID', '--secret applies to RUN, and the Dockerfile has none.');
  const secrets = await readBuildSecrets(args.secrets, context.env);
  const checked = await checkContext(request, { signal, canRun: run !== undefined });
  const place = run === undefined ? undefined : cachePlaceOf(args, context);
  const onSkipped = (reason: string) => console.note(reason);
  const cache = place === undefined ? [] : readCache(registry, place, { signal, onSkipped });
  const { isOff, runMaxAge: maxAge } = args.cache;
  const now = Math.floor(Date.now() / 1000);
  const images = findImages(args, registry, context);
  const built = await buildDirect(request, {
    registry,
    previous: images.then(({ previous }) => previous),
    signal,
    checked,
    verifyReuse: args.verifyReuse,
    cache: Promise.resolve(cache),
    ...(run === undefined
      ? {}
      : {
          run: {
            ...run,
            ...{ secrets, timeout: args.runTimeout, onLine: (line) => console.note(line) },
            reuse: {
              ...{ maxAge, now, disabled: isOff ? '--no-cache' : undefined },
              hasLayer: ({ from, descriptor }) => registry.hasBlob(from, descriptor, { signal }),
            },
          },
        }),
    pushTo: args.target.registry,
    lock: args.pin ? 'write' : 'use',
  });
  const { current } = await images;
  if (place !== undefined) {
    const kept = { own: built.cacheEntries ?? [], earlier: await cache, oldest: now - maxAge };
    await writeCache(registry, place, kept, { signal, onSkipped });
  }
  return { builder: 'direct', built, ...(current === undefined ? {} : { current }) };
}

async function withDocker(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
): Promise<BuildOutcome> {
  const { signal, console, env } = context;
  if (args.buildContexts.length > 0)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      '--build-context requires --builder direct, which runs nothing: an engine has no such contexts.',
    );
  if (args.pin || args.verifyReuse)
    throw new RegistryPusherError('OPTIONS_INVALID', '--pin and --verify-reuse require --builder direct.');
  const buildSecrets = await readBuildSecrets(args.secrets, env);
  const { buildWithDocker } = await import('../docker/builder/build-with-docker.ts');
  const { assertEngineAvailable } = await import('../docker/engine/connect-engine.ts');
  await assertEngineAvailable({}, signal);
  const { previous, current } = await findImages(args, registry, context);
  const built = await buildWithDocker(request, {
    signal,
    buildSecrets,
    registry,
    credentials: dockerCredentials({ env }),
    onLog: (text) => console.note(text),
    ...(previous === undefined ? {} : { previous }),
    ...(args.network === undefined ? {} : { network: args.network }),
  });
  return { builder: 'docker', built, ...(current === undefined ? {} : { current }) };
}

/** @throws RegistryPusherError OPTIONS_INVALID, REFERENCE_INVALID */
function cachePlaceOf({ cache, target, stage }: PushArgs, { env }: CommandContext): CachePlace | undefined {
  const scope = [target.repository, ...(stage === undefined ? [] : [stage])].join(' ');
  if (cache.from.length > 0 || cache.to !== undefined) return namedCachePlace(cache, env, scope);
  return gitlabCachePlace(env, scope);
}

async function findImages(
  { target, isTargetGiven, reuseFrom, platform }: PushArgs,
  registry: RegistryClient,
  { signal, console }: CommandContext,
): Promise<FoundImages> {
  if (!isTargetGiven && reuseFrom === undefined) return {};
  const onSkipped = (reason: string) => console.note(reason);
  return findPreviousImage(registry, target, { signal, platform, reuseFrom, onSkipped });
}
