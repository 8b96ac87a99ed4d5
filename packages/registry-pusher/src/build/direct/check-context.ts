import { BuildContext } from '../context/build-context.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { planStages, type StagePlan } from '../dockerfile/stages.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { ContextSources } from '../layer/context-sources.ts';
import type { CopiedItem, CopySource } from '../layer/copy-source.ts';
import type { PlannedFile } from '../layer/entry.ts';
import { FileCache } from '../layer/file-cache.ts';
import type { FileContent } from '../layer/file-content.ts';
import { type HashedFile, hashFiles } from '../layer/hash-files.ts';
import { digestedTypes } from '../layer/source-digest.ts';
import { lockPathOf, readLock } from '../lock/base-lock.ts';
import { assertNativeCodeRuns } from '../native/check.ts';
import type { BuildRequest } from '../builder.ts';
import { assertDirect } from '../choose.ts';
import { checkedFile } from './code-runs.ts';
import { readDockerfile } from '../read-dockerfile.ts';
import { type KnownCopy, requireSources } from './require-sources.ts';

/** A Dockerfile and its build context, read once, without any network, and found fit for the direct builder. */
export interface CheckedContext {
  readonly dockerfile: Dockerfile;
  readonly plan: StagePlan;
  /** The files that were found; building does not look for them again. */
  readonly contextSources: ContextSources;
  /** What was read of the files; building does not read them again. */
  readonly known: Map<string, FileContent>;
  readonly cache: FileCache | undefined;
  /** Over the Dockerfile, its lock file and everything it copies. */
  readonly digest: () => Promise<Digest>;
}

/**
 * Reads a Dockerfile and everything it copies from the build context, and refuses what cannot become an image, before
 * anything is asked of a registry. What a COPY copies whose sources only the base can tell is seen when the base is known, and
 * what a stage holds that is only copied from when it is known to go into the image.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, ABORTED
 */
export async function checkContext(
  request: BuildRequest,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<CheckedContext> {
  const { secrets = [] } = request;
  const { text, dockerfile } = await readDockerfile(request.dockerfile);
  assertDirect(dockerfile, request);
  const plan = planStages(dockerfile, request);
  const contextSources = new ContextSources(await BuildContext.open(request.context, request.dockerfile));
  const copies = await requireSources(dockerfile, plan, request, contextSources);
  const known = new Map<string, FileContent>();
  const cache = await openCache(request);
  const files: HashedFile[] = [];
  for (const { sources = [], isInImage } of copies) {
    if (!isInImage) continue;
    const planned = readFiles(await itemsOf(sources));
    files.push(...(await hashFiles(planned, { secrets, signal: options.signal, known, cache })));
  }
  await cache?.save();
  await assertNativeCodeRuns(files.map(checkedFile));
  const digest = async () => {
    const told: unknown[] = [];
    for (const copy of copies) told.push(await tell(copy, contextSources, known, options.signal));
    return digestOf(JSON.stringify([text, told, await readLock(lockPathOf(request.dockerfile))]));
  };
  return { dockerfile, plan, contextSources, known, cache, digest };
}

/** The cache that a request names. */
async function openCache({ cacheDirectory, context, secrets = [] }: BuildRequest): Promise<FileCache | undefined> {
  return cacheDirectory === undefined ? undefined : FileCache.open(cacheDirectory, context, secrets);
}

/**
 * The digest of a Dockerfile and of everything it copies from the build context, known without any network: what one CI job
 * built and another was handed can be told to be the same.
 * @throws RegistryPusherError as {@link checkContext}
 */
export async function contextDigest(request: BuildRequest, options: { signal?: AbortSignal } = {}): Promise<Digest> {
  return (await checkContext(request, options)).digest();
}

/**
 * What a COPY takes along; while it is not known which files these are, all that there are. What need not be in the image is
 * refused for no secret, and so it is not told to be read.
 */
async function tell(
  { step, sources, isInImage }: KnownCopy,
  contextSources: ContextSources,
  known: Map<string, FileContent>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const items = await itemsOf(sources ?? (await contextSources.find('.', step)));
  const wasRead = sources !== undefined && isInImage;
  const files = await hashFiles(readFiles(items), { secrets: [], signal, ...(wasRead ? { known } : {}) });
  return [
    items.map(({ name, inside, item }) => [
      name,
      inside,
      item.type === 'graft' ? item.type : digestedTypes[item.type],
      item.type === 'link' ? item.target : '',
    ]),
    files.map(({ entry: { mode, digest } }) => [mode, digest]),
  ];
}

type NamedItem = CopiedItem & { readonly name: string };

async function itemsOf(sources: readonly CopySource[]): Promise<NamedItem[]> {
  const items: NamedItem[] = [];
  for (const { name, read } of sources) for (const each of (await read()).items) items.push({ name, ...each });
  return items;
}

function readFiles(items: readonly CopiedItem[]): PlannedFile[] {
  return items.flatMap(({ item }) => (item.type === 'file' ? [item] : []));
}
