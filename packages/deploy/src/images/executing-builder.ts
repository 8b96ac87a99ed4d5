import {
  buildDirect,
  type BuiltImage,
  type CheckedContext,
  chooseBuilder,
  defaultRunMaxAge,
  type DirectBuildOptions,
  formatAge,
  gitlabCachePlace,
  type ProbedExecutor,
  readCache,
  readTextFile,
  type RegistryClient,
  RegistryPusherError,
  type RunBuildOptions,
  whyKeyInReach,
  writeCache,
} from '@tozo/registry-pusher';
import {
  type BuildOptions,
  type BuildOutline,
  type BuiltImages,
  herokuRegistry,
  type ImageBuilder,
  type PreparedBuild,
} from '../ports.ts';
import type { DeployRequest, RunReuseRules } from '../request.ts';
import { builtImages } from './built-images.ts';
import { lockUse } from './direct-builder.ts';
import { assertEngineFor } from './prepare-build.ts';

const defaultReuse: RunReuseRules = { maxAge: defaultRunMaxAge, isOff: false };

type Prepared = PreparedBuild & { readonly checked: CheckedContext; readonly run: ProbedExecutor };

/**
 * Creates the builder of a Dockerfile with RUN. Before the plan it only reuses what earlier builds executed. What has to run runs
 * after the plan: here, or in a Docker Engine.
 * @param docker creates the builder for what nothing else here can execute
 * @param env the job's variables
 */
export function createExecutingBuilder(
  request: DeployRequest,
  prepared: Prepared,
  registry: RegistryClient,
  docker: (outline: BuildOutline) => ImageBuilder,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ImageBuilder {
  const { config, builder } = request;
  const { outline, checked, run } = prepared;
  const finish = (built: BuiltImage): BuiltImages =>
    builtImages(config, { ...outline, reason: describeRuns(built, run) }, built);

  return {
    outline,
    buildsBeforePlan: false,
    contextDigest: () => checked.digest(),
    buildWithoutRunning: async (options) => {
      try {
        const whyReuseOnly = run.executor && 'nothing is executed before the plan';
        return finish(await build(request, prepared, registry, env, { ...options, whyReuseOnly }));
      } catch (error) {
        if (!isRefused(error)) throw error;
        if (run.executor) return { ...outline, unknowns: [unknownUntilRun(error)] };
        return withDocker(error, prepared, builder, options.signal);
      }
    },
    build: async (options) => {
      const needsDocker = (error: RegistryPusherError) =>
        withDocker(error, prepared, builder, options.signal).then((chosen) => docker(chosen).build(options));
      try {
        return finish(await build(request, prepared, registry, env, options));
      } catch (error) {
        if (isRefused(error)) return needsDocker(error);
        throw error;
      }
    },
  };
}

/** Builds by reuse, and by execution unless there's a reason to only reuse. Keeps what ran in the job's cache. */
async function build(
  { target, pin = false, verifyReuse = false, values, project, runReuse = defaultReuse }: DeployRequest,
  { request, checked, run: { executor, reason } }: Prepared,
  registry: RegistryClient,
  env: Readonly<Record<string, string | undefined>>,
  { previous, signal, onLog, whyReuseOnly }: BuildOptions & Pick<RunBuildOptions, 'whyReuseOnly'>,
): Promise<BuiltImage> {
  const cancel = signal ? { signal } : {};
  const place = project === undefined ? undefined : gitlabCachePlace(env, project);
  const skipping = { ...cancel, onSkipped: onLog };
  const cache = place && readCache(registry, place, skipping);
  const now = Math.floor(Date.now() / 1000);
  const secrets = Object.entries(values.buildSecrets).map(([id, secret]) => [id, secret.reveal()] as const);
  const run: RunBuildOptions = {
    executor,
    whyNoExecutor: reason,
    whyReuseOnly,
    secrets: Object.fromEntries(secrets),
    onLine: onLog,
    reuse: {
      ...{ now, maxAge: runReuse.maxAge, disabled: runReuse.isOff ? '--no-cache' : undefined },
      hasLayer: ({ from, descriptor }) => registry.hasBlob(from, descriptor, cancel),
    },
  };
  const options: DirectBuildOptions = {
    ...{ registry, previous, checked, verifyReuse, run, ...cancel },
    lock: lockUse(target.kind, pin),
    pushTo: herokuRegistry,
    ...(cache ? { cache } : {}),
  };
  const built = await buildDirect(request, options);
  const hasRun = built.layers.some((layer) => layer.run?.why !== undefined);
  if (place === undefined || !hasRun) return built;
  const entries = { own: built.cacheEntries ?? [], earlier: (await cache) ?? [], oldest: now - runReuse.maxAge };
  await writeCache(registry, place, entries, skipping);
  return built;
}

/**
 * Returns the outline of a build with Docker, which executes what was refused here.
 * @throws RegistryPusherError the refusal, if Docker may not be used; ENGINE_UNAVAILABLE
 */
async function withDocker(
  refusal: RegistryPusherError,
  { request, outline }: Prepared,
  requested: DeployRequest['builder'],
  signal: AbortSignal | undefined,
): Promise<BuildOutline> {
  const isAllowed = requested === 'auto' && request.buildContexts === undefined;
  const choice = chooseBuilder(await readTextFile(request.dockerfile), request);
  try {
    if (!isAllowed) throw refusal;
    await assertEngineFor(choice.builder === 'docker' ? choice.reasons : [], signal);
  } catch (error) {
    // The refusal names the way out of a job with the key, which is no engine.
    throw whyKeyInReach() === undefined ? error : refusal;
  }
  return { ...outline, builder: 'docker', reason: refusal.message };
}

function unknownUntilRun({ message }: RegistryPusherError): string {
  return `${message} The image is known once it has run.`;
}

function isRefused(error: unknown): error is RegistryPusherError {
  return error instanceof RegistryPusherError && error.code === 'RUN_REFUSED';
}

function describeRuns({ layers }: BuiltImage, { executor }: ProbedExecutor): string {
  const texts = layers.flatMap(({ line, run }) => {
    if (run === undefined) return [];
    return run.why === undefined
      ? [`line ${line} reused from ${run.source}, ${formatAge(run.age)} old`]
      : [`line ${line} executed ${executor!.description}: ${run.why}`];
  });
  return texts.length === 0 ? 'no RUN changes a file' : `RUN of ${texts.join('; ')}`;
}
