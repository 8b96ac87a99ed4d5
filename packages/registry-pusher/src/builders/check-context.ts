import { BuildContext } from '../context/build-context.ts';
import { planStages } from '../dockerfile/stages.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import { contextSources } from '../layer/context-sources.ts';
import type { CopySource } from '../layer/copy-source.ts';
import type { PlannedFile } from '../layer/entry.ts';
import { FileCache } from '../layer/file-cache.ts';
import { type FileContent, type HashedFile, hashFiles, type HashOptions } from '../layer/hash-files.ts';
import { lockPathOf, readLock } from '../lock/base-lock.ts';
import { requireNativeCodeRuns } from '../native/check.ts';
import type { BuildRequest } from './builder.ts';
import { requireDirect } from './choose.ts';
import { checkedFile } from './code-runs.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { type KnownCopy, requireSources } from './require-sources.ts';

/** A build context that was read once, without any network, and found fit for the direct builder. */
export interface CheckedContext {
  /** Over the Dockerfile, its lock file and everything it copies. */
  readonly digest: Digest;
  /** What was read of the files; building does not read them again. */
  readonly known: Map<string, FileContent>;
  /** The files that were found; building does not look for them again. */
  readonly context: BuildContext;
}

/**
 * Reads a Dockerfile and everything it copies from the build context, and refuses what cannot become an image, before
 * anything is asked of a registry. What a COPY copies whose sources only the base can tell is seen when the base is known.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, ABORTED
 */
export async function checkContext(
  request: BuildRequest,
  options: { signal?: AbortSignal } = {},
): Promise<CheckedContext> {
  const { secrets = [] } = request;
  const { text, dockerfile } = await readDockerfile(request.dockerfile);
  requireDirect(dockerfile, request);
  const plan = planStages(dockerfile, request);
  const context = await BuildContext.open(request.context, request.dockerfile);
  const copies = await requireSources(dockerfile, plan, request, context);
  const known = new Map<string, FileContent>();
  const told: unknown[] = [];
  const files: HashedFile[] = [];
  const cache = await openCache(request);
  for (const copy of copies) {
    const read = await readCopied(copy, context, { secrets, signal: options.signal, known, cache });
    told.push(read.told);
    files.push(...read.files);
  }
  await cache?.save();
  await requireNativeCodeRuns(files.map(checkedFile));
  const lock = await readLock(lockPathOf(request.dockerfile));
  return { digest: digestOf(JSON.stringify([text, told, lock])), known, context };
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

/**
 * Reads the files that a COPY takes along. While it is not known which these are, the digest tells of all there are, and none is
 * refused: it may not be copied.
 */
async function readCopied(
  { step, sources }: KnownCopy,
  context: BuildContext,
  hashing: HashOptions,
): Promise<{ told: unknown; files: HashedFile[] }> {
  if (sources !== undefined) return readSources(sources, hashing);
  const everything = await contextSources(context, '.', step, []);
  const { told } = await readSources(everything, { signal: hashing.signal, secrets: [] });
  return { told, files: [] };
}

async function readSources(
  sources: readonly CopySource[],
  hashing: HashOptions,
): Promise<{ told: unknown; files: HashedFile[] }> {
  const told: unknown[] = [];
  const files: PlannedFile[] = [];
  for (const { name, items } of sources)
    for await (const { inside, item } of items()) {
      if (item.type === 'file') files.push(item);
      told.push([name, inside, item.type, item.type === 'link' ? item.target : '']);
    }
  const read = await hashFiles(files, hashing);
  return { told: [told, read.map(({ entry: { mode, digest } }) => [mode, digest])], files: read };
}
