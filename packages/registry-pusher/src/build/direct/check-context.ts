import { join } from 'node:path';
import { BuildContext } from '../context/build-context.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { mayShowContext, mountFieldsOf } from '../dockerfile/mount-fields.ts';
import { planStages, type StagePlan } from '../dockerfile/stages.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { ContextSources, type CopySelection, mountSelection } from '../layer/context-sources.ts';
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
import { toCheckedFile } from './assert-code-runs.ts';
import { readDockerfile } from '../read-dockerfile.ts';
import { type ContextCopy, findContextCopies } from './context-copies.ts';

/** A Dockerfile and its build context, checked for the direct builder without network access. */
export interface CheckedContext {
  readonly dockerfile: Dockerfile;
  readonly plan: StagePlan;
  /** The files found. A build doesn't search for them again. */
  readonly contextSources: ContextSources;
  /** The files read. A build doesn't read them again. */
  readonly known: Map<string, FileContent>;
  readonly cache: FileCache | undefined;
  /** Returns the digest of the Dockerfile, its lock file and everything it copies; of all files if a mount of RUN shows them. */
  readonly digest: () => Promise<Digest>;
  /** Whether the digest was read: then a build uses no file that it doesn't cover. */
  readonly isDigested: () => boolean;
}

/**
 * Reads a Dockerfile and everything it copies from the build context, and rejects errors before any request to a registry.
 * Files are checked later, during the build, if their COPY depends on the base's variables or if another stage may not copy
 * them into the image.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, ABORTED
 */
export async function checkContext(
  request: BuildRequest,
  options: { signal?: AbortSignal | undefined; canRun?: boolean } = {},
): Promise<CheckedContext> {
  const { secrets = [] } = request;
  const { text, dockerfile } = await readDockerfile(request.dockerfile);
  assertDirect(dockerfile, { ...request, canRun: options.canRun === true });
  const plan = planStages(dockerfile, request);
  const contextSources = await openContexts(request);
  const copies = await findContextCopies(dockerfile, plan, request, contextSources);
  const known = new Map<string, FileContent>();
  const cache = await openCache(request);
  const files: HashedFile[] = [];
  for (const { sources = [], isInImage } of copies) {
    if (!isInImage) continue;
    const planned = readFiles(await readItems(sources));
    files.push(...(await hashFiles(planned, { secrets, signal: options.signal, known, cache })));
  }
  await cache?.save();
  await assertNativeCodeRuns(files.map(toCheckedFile));
  let isDigested = false;
  const digest = async () => {
    isDigested = true;
    const hashed: unknown[] = [];
    for (const copy of copies) hashed.push(await hashCopiedFiles(copy, contextSources, known, options.signal));
    if (mountsContext(plan, dockerfile.escape))
      for (const sources of allContexts(request, contextSources))
        hashed.push(await hashCopiedFiles(wholeContext, sources, known, options.signal));
    return digestOf(JSON.stringify([text, hashed, await readLock(lockPathOf(request.dockerfile))]));
  };
  return { dockerfile, plan, contextSources, known, cache, digest, isDigested: () => isDigested };
}

const wholeContext = {
  step: mountSelection(1),
  sources: undefined,
  isInImage: false,
};

/** Returns whether a RUN may see files of a build context that no COPY names. */
function mountsContext({ needed }: StagePlan, escape: Dockerfile['escape']): boolean {
  const runs = needed.flatMap(({ instructions }) => instructions.filter((each) => each.keyword === 'RUN'));
  return runs.some(({ rest }) => mountFieldsOf(rest, escape).some(mayShowContext));
}

function allContexts({ buildContexts = {} }: BuildRequest, main: ContextSources): ContextSources[] {
  const named = Object.keys(buildContexts).map((name) => name.toLowerCase());
  return [main, ...named.flatMap((name) => main.sourcesOf({ kind: 'context', name }) ?? [])];
}

async function openContexts({ context, dockerfile, buildContexts = {} }: BuildRequest): Promise<ContextSources> {
  const named = new Map<string, ContextSources>();
  for (const [name, directory] of Object.entries(buildContexts)) {
    const opened = await BuildContext.open(directory, join(directory, 'Dockerfile'));
    named.set(name.toLowerCase(), new ContextSources(opened, new Map(), `${name}:`));
  }
  return new ContextSources(await BuildContext.open(context, dockerfile), named);
}

async function openCache({ cacheDirectory, context, secrets = [] }: BuildRequest): Promise<FileCache | undefined> {
  return cacheDirectory === undefined ? undefined : FileCache.open(cacheDirectory, context, secrets);
}

/**
 * Returns the digest of a Dockerfile and everything it copies from the build context, without network access and without
 * executing anything. A CI job can use it to check files from an earlier job.
 * @throws RegistryPusherError as {@link checkContext}
 */
export async function contextDigest(request: BuildRequest, options: { signal?: AbortSignal } = {}): Promise<Digest> {
  return (await checkContext(request, { ...options, canRun: true })).digest();
}

/**
 * Hashes the files of a COPY, or the whole context while its sources are unknown. Files that may not be in the image aren't
 * searched for secrets, so they don't count as read.
 */
async function hashCopiedFiles(
  {
    step,
    sources,
    isInImage,
  }: Pick<ContextCopy, 'sources' | 'isInImage'> & {
    readonly step: CopySelection & Pick<ContextCopy['step'], 'from'>;
  },
  contextSources: ContextSources,
  known: Map<string, FileContent>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const items = await readItems(sources ?? (await contextSources.sourcesOf(step.from)!.find('.', step)));
  const wasRead = sources !== undefined && isInImage;
  const files = await hashFiles(readFiles(items), { secrets: [], signal, ...(wasRead ? { known } : {}) });
  return [
    items.map(({ name, subpath, item }) => [
      name,
      subpath,
      item.type === 'graft' ? item.type : digestedTypes[item.type],
      item.type === 'link' ? item.target : '',
    ]),
    files.map(({ entry: { mode, digest } }) => [mode, digest]),
  ];
}

type NamedItem = CopiedItem & { readonly name: string };

async function readItems(sources: readonly CopySource[]): Promise<NamedItem[]> {
  const items: NamedItem[] = [];
  for (const { name, read } of sources) for (const each of (await read()).items) items.push({ name, ...each });
  return items;
}

function readFiles(items: readonly CopiedItem[]): PlannedFile[] {
  return items.flatMap(({ item }) => (item.type === 'file' ? [item] : []));
}
