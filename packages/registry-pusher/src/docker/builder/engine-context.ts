import { readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { noFacts } from '../../build/base/facts.ts';
import type { BuildContext } from '../../build/context/build-context.ts';
import { unreadableError } from '../../build/context/errors.ts';
import { type Digest, digestOf } from '../../image/digest.ts';
import { type LocalEntry, sortByPath, type PlannedEntry, type PlannedFile } from '../../build/layer/entry.ts';
import { hashFiles, type HashOptions } from '../../build/layer/hash-files.ts';
import { computeSourceDigest } from '../../build/layer/source-digest.ts';
import { writeLayerTar } from '../../build/layer/layer-tar.ts';
import type { SyncedContext } from '../session/session.ts';
import { coalesceChunks } from './coalesce-chunks.ts';

/** A build context to send to an engine, without ignored files. */
export interface EngineContext extends SyncedContext {
  /** Covers every file's name, mode and content, the Dockerfile included. */
  readonly digest: Digest;
  /** Returns it as a tar file, with the same bytes at every call. */
  readonly tar: () => Readable;
}

const root = { uid: 0, gid: 0 };

/**
 * Reads a context by the direct builder's rules: with the same modes on every machine, and without secrets. Always includes the
 * Dockerfile, even if it is ignored or outside the context.
 * @param source the file to send as the Dockerfile
 * @throws RegistryPusherError FILE_*, CONTEXT_INVALID, ABORTED
 */
export async function readEngineContext(
  context: BuildContext,
  { path, source }: { readonly path: string; readonly source: string },
  epoch: number | undefined,
  options: HashOptions,
): Promise<EngineContext> {
  const planned = new Map<string, PlannedEntry>();
  for (const entry of await planEntries(context)) planned.set(entry.path, entry);
  const dockerfile = pathInContext(context, path, planned);
  planned.set(`/${dockerfile}`, planFile(dockerfile, source));
  const files = [...planned.values()].filter((entry) => entry.type === 'file');
  const hashed = await hashFiles(files, options);
  const others: LocalEntry[] = [...planned.values()].filter((entry) => entry.type !== 'file');
  const entries = sortByPath([...others, ...hashed.map(({ entry }) => entry)]);
  return {
    digest: computeSourceDigest(entries, epoch, noFacts),
    dockerfile,
    entries,
    epoch,
    key: digestOf(context.root),
    tar: () => Readable.from(coalesceChunks(writeLayerTar(entries, epoch)), { objectMode: false }),
  };
}

async function planEntries(context: BuildContext): Promise<PlannedEntry[]> {
  const top = await context.lookup('');
  const entries: PlannedEntry[] = [];
  for (const { path, absolute, kind } of await context.walk(top!.item)) {
    if (kind === 'directory') entries.push({ type: 'directory', path: `/${path}`, mode: 0o755, ...root });
    else if (kind === 'file') entries.push(planFile(path, absolute));
    else entries.push({ type: 'link', path: `/${path}`, target: await readLinkTarget(path, absolute), ...root });
  }
  return entries;
}

function planFile(path: string, absolute: string): PlannedFile {
  return { type: 'file', path: `/${path}`, absolute, contextPath: path, ...root };
}

async function readLinkTarget(path: string, absolute: string): Promise<string> {
  return readlink(absolute).catch((cause: unknown) => {
    throw unreadableError(path, cause);
  });
}

/** Returns the Dockerfile's path in the context, or an unused name for one outside the context or behind a link. */
function pathInContext(
  context: BuildContext,
  dockerfilePath: string,
  planned: ReadonlyMap<string, PlannedEntry>,
): string {
  const path = relative(context.root, dockerfilePath).split(sep).join('/');
  const above = path.split('/').map((_, index, parts) => `/${parts.slice(0, index).join('/')}`);
  const isOutside = path.startsWith('../') || path === '..' || above.some((each) => planned.get(each)?.type === 'link');
  return isOutside ? '.dockerfile.from-elsewhere' : path;
}
