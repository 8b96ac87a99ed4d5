import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildContext } from '../context/build-context.ts';
import { archiveContext, type ContextArchive } from '../docker/context-archive.ts';
import { declaresArg, refuseClientMounts } from '../docker/declared.ts';
import { describeSaved } from '../docker/describe-saved.ts';
import { connectEngine, type Engine, type EngineOptions } from '../docker/engine.ts';
import { runBuild } from '../docker/run-build.ts';
import { readSavedImage } from '../docker/saved-image.ts';
import { unpack } from '../docker/unpack.ts';
import { undeclaredBuildArgs } from '../dockerfile/arguments.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { aborted } from '../layer/aborted.ts';
import { combinedDigest } from '../layer/source-digest.ts';
import type { BuildRequest, DescribedImage, PreviousImage } from './builder.ts';
import { requireEpoch } from './epoch.ts';
import { readDockerfile } from './read-dockerfile.ts';

export interface DockerOptions extends EngineOptions {
  /** The image that was pushed last: layers that it has too are not sent again. */
  readonly previous?: PreviousImage;
  /** The stage to build; default the last one. */
  readonly target?: string;
  /** The network of RUN, as `docker build --network`. */
  readonly network?: string;
  readonly signal?: AbortSignal;
  /** Called with each line of the build's output. */
  readonly onLog?: (line: string) => void;
}

/** An image that a Docker Engine built. Its layers lie in a temporary folder until it is closed. */
export interface BuiltImage {
  readonly described: DescribedImage;
  readonly close: () => Promise<void>;
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
export async function buildWithDocker(request: BuildRequest, options: DockerOptions = {}): Promise<BuiltImage> {
  const { secrets = [], context: folder, dockerfile: path } = request;
  const { signal, target } = options;
  const epoch = request.sourceDateEpoch === undefined ? earliestTime : requireEpoch(request.sourceDateEpoch);
  const { dockerfile } = await readDockerfile(path);
  refuseClientMounts(dockerfile);
  const context = await BuildContext.open(folder, path);
  const archive = await archiveContext(context, path, epoch, { secrets, signal });
  const plainArgs = withRevision(dockerfile, request);
  const sourceDigest = combinedDigest([archive.digest, inNameOrder(plainArgs), target ?? '']);
  const declaresSourceDigest = declaresArg(dockerfile, 'SOURCE_DIGEST');
  const buildArgs = declaresSourceDigest ? { ...plainArgs, SOURCE_DIGEST: sourceDigest } : plainArgs;

  const saved = await mkdtemp(join(tmpdir(), 'registry-pusher-docker-'));
  const close = () => rm(saved, { recursive: true, force: true });
  try {
    await buildInto(saved, archive, buildArgs, options);
    const image = await readSavedImage(saved);
    const described = await describeSaved(image, {
      dockerfile,
      request,
      sourceDigest,
      target,
      previous: options.previous,
    });
    const warnings = [
      ...dockerfile.warnings,
      ...undeclaredBuildArgs(dockerfile, request.buildArgs ?? {}).map(
        (name) => `The build arg ${name} is declared by no ARG.`,
      ),
    ];
    return { described: { ...described, sourceDigest, declaresSourceDigest, warnings }, close };
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

/** The image has a name of its own for as long as it is read; what the engine has under other names is left alone. */
async function buildInto(
  folder: string,
  archive: ContextArchive,
  buildArgs: Readonly<Record<string, string>>,
  { signal, onLog, target, network, ...where }: DockerOptions,
): Promise<void> {
  if (signal?.aborted) throw aborted(signal);
  const engine = await connectEngine(where, signal);
  const tag = `registry-pusher-build:${randomBytes(8).toString('hex')}`;
  try {
    const wanted = { tag, dockerfile: archive.dockerfile, buildArgs, target, network };
    await runBuild(engine, archive, wanted, onLog);
    await saveAndForget(engine, tag, folder);
  } finally {
    engine.close();
  }
}

async function saveAndForget(engine: Engine, tag: string, folder: string): Promise<void> {
  try {
    await unpack(await engine.save(tag), folder);
  } finally {
    await engine.untag(tag);
  }
}
