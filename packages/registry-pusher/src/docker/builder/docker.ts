import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildContext } from '../../build/context/build-context.ts';
import { applyLock } from './apply-lock.ts';
import { archiveContext, type ContextArchive } from './context-archive.ts';
import { declaresArg } from './declared.ts';
import { describeTaken } from './describe-taken.ts';
import type { EngineOptions } from '../engine/engine-address.ts';
import { engineFailed } from '../engine/engine-errors.ts';
import { connectEngine, type Engine } from '../engine/engine.ts';
import { knownLayers } from '../export/known-layers.ts';
import { type BuildJob, runBuild } from './run-build.ts';
import { checkMounts } from '../session/secret-mounts.ts';
import { takeImage, type TakeOptions } from '../export/take-image.ts';
import type { TakenImage } from '../export/taken-image.ts';
import { Transcript } from './transcript.ts';
import { undeclaredBuildArgs } from '../../build/dockerfile/arguments.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { aborted } from '../../build/layer/aborted.ts';
import { combinedDigest } from '../../build/layer/source-digest.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import type { ImageReader } from '../../build/base-image.ts';
import type { BuildOptions, BuildRequest, BuiltImage, PreviousImage } from '../../build/builder.ts';
import { requireEpoch } from '../../build/epoch.ts';
import { readDockerfile } from '../../build/read-dockerfile.ts';

export interface DockerBuildOptions extends BuildOptions, EngineOptions {
  /** Reads the base's manifest, so that its layers are not taken out of the engine: they are taken from its registry. */
  readonly registry?: ImageReader;
  /** Whether images are built on by the digests of the lock file beside the Dockerfile; default `honour`. */
  readonly lock?: 'honour' | 'ignore';
  /** The network of RUN, as `docker build --network`. */
  readonly network?: string;
  /**
   * Values for `RUN --mount=type=secret`, by their id. They are handed to the step that mounts them, and stand in no argument,
   * log or image.
   */
  readonly buildSecrets?: Readonly<Record<string, string>>;
  /** Credentials for the registries that bases and caches come from; each one is asked for, and given to, its registry alone. */
  readonly credentials?: CredentialSource;
  /** Images that an engine with nothing cached takes layers from, and that the next build can take them from. BuildKit only. */
  readonly cacheFrom?: readonly ImageReference[];
  /** Which of the engine's builders; `auto` (default) is BuildKit, or the classic one in engines that have no other. */
  readonly engineBuilder?: BuildJob['engineBuilder'];
  /** Called with each line of the build's output. */
  readonly onLog?: (line: string) => void;
}

/**
 * Sees that a Docker Engine answers, before anything else is done.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE, with what to do
 */
export async function requireEngine(options: EngineOptions = {}, signal?: AbortSignal): Promise<void> {
  const engine = await connectEngine(options, signal);
  engine.close();
}

/** 2 January 1980: some archive formats know no earlier time, and tools that write them run in builds. */
const earliestTime = 315_619_200;

/**
 * Builds any Dockerfile with a Docker Engine, and takes the image out of it, so that it is pushed like every other one. Files
 * of the context have the same modes and times on every machine. CI_COMMIT_SHA and SOURCE_DIGEST are given where the
 * Dockerfile declares them.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE, ENGINE_BUILD_FAILED, DOCKERFILE_*, INSTRUCTION_UNSUPPORTED,
 * CONTEXT_INVALID, FILE_*, PLATFORM_MISSING, MEDIA_TYPE_REFUSED, DISK_FULL, ABORTED
 */
export async function buildWithDocker(given: BuildRequest, options: DockerBuildOptions = {}): Promise<BuiltImage> {
  const { signal, buildSecrets = {} } = options;
  // A build that fails first never awaits it.
  void Promise.resolve(options.previous).catch(() => undefined);
  const { target } = given;
  const epoch = given.sourceDateEpoch === undefined ? earliestTime : requireEpoch(given.sourceDateEpoch);
  const { text, dockerfile } = await readDockerfile(given.dockerfile);
  const mountWarnings = checkMounts(dockerfile, buildSecrets);
  const secrets = [...(given.secrets ?? []), ...Object.values(buildSecrets)];
  const request = { ...given, secrets };
  const context = await BuildContext.open(request.context, request.dockerfile);
  const plainArgs = withRevision(dockerfile, request);

  const folder = await mkdtemp(join(tmpdir(), 'registry-pusher-docker-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const locked = await applyLock({ text, dockerfile }, { request, folder, lock: options.lock, buildArgs: plainArgs });
    const archive = await archiveContext(context, locked.file, epoch, { secrets, signal });
    const sourceDigest = combinedDigest([archive.digest, inNameOrder(plainArgs), target ?? '']);
    const declaresSourceDigest = declaresArg(dockerfile, 'SOURCE_DIGEST');
    const buildArgs = declaresSourceDigest ? { ...plainArgs, SOURCE_DIGEST: sourceDigest } : plainArgs;
    const previous = await options.previous;
    const image = await buildInto(
      folder,
      { dockerfile: locked.dockerfile, archive, buildArgs, target, secrets, previous },
      options,
    );
    const taken = await describeTaken(image, {
      dockerfile,
      request,
      sourceDigest,
      buildSecrets: Object.values(buildSecrets),
      target,
      previous,
    });
    const warnings = [
      ...dockerfile.warnings,
      ...mountWarnings,
      ...locked.warnings,
      ...undeclaredBuildArgs(dockerfile, request.buildArgs ?? {}).map(
        (name) => `The build arg ${name} is declared by no ARG.`,
      ),
    ];
    return { ...taken, sourceDigest, declaresSourceDigest, warnings, close };
  } catch (error) {
    await close();
    throw signal?.aborted ? aborted(signal) : error;
  }
}

function withRevision(dockerfile: Dockerfile, { buildArgs = {}, revision }: BuildRequest): Record<string, string> {
  if (revision === undefined || !declaresArg(dockerfile, 'CI_COMMIT_SHA')) return { ...buildArgs };
  return { CI_COMMIT_SHA: revision, ...buildArgs };
}

function inNameOrder(args: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the Dockerfile and the caller say of a build. */
interface Prepared {
  readonly dockerfile: Dockerfile;
  readonly archive: ContextArchive;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  /** No line of the output may show them. */
  readonly secrets: readonly string[];
  readonly previous: PreviousImage | undefined;
}

/** The image has a name of its own for as long as it is read; what the engine has under other names is left alone. */
async function buildInto(folder: string, prepared: Prepared, options: DockerBuildOptions): Promise<TakenImage> {
  const { dockerfile, archive, buildArgs, target, secrets, previous } = prepared;
  const { signal, onLog, network, buildSecrets = {}, cacheFrom, registry } = options;
  if (signal?.aborted) throw aborted(signal);
  const engine = await connectEngine(options, signal);
  const tag = `registry-pusher-build:${randomBytes(8).toString('hex')}`;
  const { credentials = async () => undefined, engineBuilder = 'auto' } = options;
  const cached = cacheFrom && {
    buildArgs: { BUILDKIT_INLINE_CACHE: '1', ...buildArgs },
    cacheFrom: cacheFrom.map(formatImageReference),
  };
  const wanted = { tag, dockerfile: archive.dockerfile, buildArgs, target, network, ...cached };
  const job = { dockerfile, context: archive.open, wanted, secrets: buildSecrets, credentials, engineBuilder };
  const transcript = new Transcript({ onLog, dockerfile, secrets });
  try {
    await runBuild(engine, job, transcript);
    return await takeAndForget(engine, tag, {
      folder,
      known: (diffIds) => knownLayers(diffIds, { previous, dockerfile, target, buildArgs, registry, signal }),
      secrets: Object.values(buildSecrets),
      note: (line) => transcript.note(line),
      signal,
    });
  } finally {
    engine.close();
  }
}

async function takeAndForget(engine: Engine, tag: string, options: TakeOptions): Promise<TakenImage> {
  try {
    return await takeImage(engine, tag, options);
  } catch (error) {
    throw engineFailed(engine.address, 'hand over the image', error);
  } finally {
    await engine.untag(tag).catch(() => undefined);
  }
}
