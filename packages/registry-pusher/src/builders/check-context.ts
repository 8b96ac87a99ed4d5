import { noFacts, RememberingTree } from '../base/facts.ts';
import { emptyTree } from '../base/file-tree.ts';
import { BuildContext } from '../context/build-context.ts';
import { resolveBase } from '../dockerfile/arguments.ts';
import { evaluate } from '../dockerfile/evaluate.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import { FileCache } from '../layer/file-cache.ts';
import type { FileContent } from '../layer/hash-files.ts';
import { lockPathOf, readLock } from '../lock/base-lock.ts';
import { requireNativeCodeRuns } from '../native/check.ts';
import type { BuildRequest } from './builder.ts';
import { requireDirect } from './choose.ts';
import { readLayerSources } from './layer-sources.ts';
import { readDockerfile } from './read-dockerfile.ts';

/** Without the base, any name may be one of its users: here it counts by its letters, in the Dockerfile's text. */
const unknownBase = { ...emptyTree, owner: async () => ({ uid: 0, gid: 0 }) };

/** A build context that was read once, without any network, and found fit for the direct builder. */
export interface CheckedContext {
  /** Over the Dockerfile, its lock file and everything it copies. */
  readonly digest: Digest;
  /** What was read of the files; building does not read them again. */
  readonly known: Map<string, FileContent>;
}

/**
 * Reads a Dockerfile and everything it copies from the build context, and refuses what cannot become an image, before
 * anything is asked of a registry.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, ABORTED
 */
export async function checkContext(
  request: BuildRequest,
  options: { signal?: AbortSignal } = {},
): Promise<CheckedContext> {
  const { buildArgs = {}, secrets = [] } = request;
  const { text, dockerfile } = await readDockerfile(request.dockerfile);
  requireDirect(dockerfile);
  const context = await BuildContext.open(request.context, request.dockerfile);
  const { traces } = evaluate(dockerfile, resolveBase(dockerfile, buildArgs), {}, buildArgs);
  const tree = new RememberingTree(noFacts, async () => unknownBase);
  const known = new Map<string, FileContent>();
  const cache = await openCache(request);
  const hashing = { mtime: 0, secrets, signal: options.signal, known, cache };
  const sources = await readLayerSources(traces, context, tree, hashing);
  await cache?.save();
  await requireNativeCodeRuns(sources.files);
  const lock = await readLock(lockPathOf(request.dockerfile));
  return {
    digest: digestOf(JSON.stringify([text, sources.traces.map(({ source }) => source?.sourceDigest), lock])),
    known,
  };
}

/** The cache that a request names. */
export async function openCache({
  cacheDirectory,
  context,
  secrets = [],
}: BuildRequest): Promise<FileCache | undefined> {
  return cacheDirectory === undefined ? undefined : FileCache.open(cacheDirectory, context, secrets);
}

/**
 * The digest of a Dockerfile and of everything it copies from the build context, known without any network: what one CI job
 * built and another was handed can be told to be the same.
 * @throws RegistryPusherError as {@link checkContext}
 */
export async function contextDigest(request: BuildRequest, options: { signal?: AbortSignal } = {}): Promise<Digest> {
  return (await checkContext(request, options)).digest;
}
