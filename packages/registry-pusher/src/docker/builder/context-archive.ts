import { readlink } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { noFacts } from '../../build/base/facts.ts';
import type { BuildContext } from '../../build/context/build-context.ts';
import { unreadable } from '../../build/context/unreadable.ts';
import { type Digest } from '../../image/digest.ts';
import { type LocalEntry, inPathOrder, type PlannedEntry, type PlannedFile } from '../../build/layer/entry.ts';
import { hashFiles, type HashOptions } from '../../build/layer/hash-files.ts';
import { sourceDigest } from '../../build/layer/source-digest.ts';
import { tarOf } from '../../build/layer/tar.ts';
import { gathered } from './gathered.ts';

/** A build context as it is sent to an engine: what is ignored stays here. */
export interface ContextArchive {
  /** Over every file's name, mode and content, the Dockerfile among them. */
  readonly digest: Digest;
  /** Where the Dockerfile lies in it. */
  readonly dockerfile: string;
  /** Its bytes, the same at every call. */
  readonly open: () => Readable;
}

const root = { uid: 0, gid: 0 };

/**
 * Reads a context once, as the direct builder reads what it copies: the same modes on every machine, secrets refused.
 * The Dockerfile is sent even where it is ignored or lies elsewhere: an engine reads it from here.
 * @param written the file that is sent as the Dockerfile
 * @throws RegistryPusherError FILE_*, CONTEXT_INVALID, ABORTED
 */
export async function archiveContext(
  context: BuildContext,
  { path, written }: { readonly path: string; readonly written: string },
  mtime: number,
  options: HashOptions,
): Promise<ContextArchive> {
  const planned = new Map<string, PlannedEntry>();
  for (const entry of await plan(context)) planned.set(entry.path, entry);
  const dockerfile = placeInside(context, path);
  planned.set(`/${dockerfile}`, file(dockerfile, written));
  const files = [...planned.values()].filter((entry) => entry.type === 'file');
  const hashed = await hashFiles(files, options);
  const others: LocalEntry[] = [...planned.values()].filter((entry) => entry.type !== 'file');
  const entries = inPathOrder([...others, ...hashed.map(({ entry }) => entry)]);
  return {
    digest: sourceDigest(entries, mtime, noFacts),
    dockerfile,
    open: () => Readable.from(gathered(tarOf(entries, mtime)), { objectMode: false }),
  };
}

async function plan(context: BuildContext): Promise<PlannedEntry[]> {
  const top = await context.look('');
  const entries: PlannedEntry[] = [];
  for (const { path, absolute, kind } of await context.walk(top!.item)) {
    if (kind === 'folder') entries.push({ type: 'folder', path: `/${path}`, mode: 0o755, ...root });
    else if (kind === 'file') entries.push(file(path, absolute));
    else entries.push({ type: 'link', path: `/${path}`, target: await targetOf(path, absolute), ...root });
  }
  return entries;
}

function file(path: string, absolute: string): PlannedFile {
  return { type: 'file', path: `/${path}`, absolute, contextPath: path, ...root };
}

async function targetOf(path: string, absolute: string): Promise<string> {
  return readlink(absolute).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
}

/** Its own place in the context; for one that lies elsewhere a name that no file of the context has. */
function placeInside(context: BuildContext, dockerfilePath: string): string {
  const path = relative(context.root, dockerfilePath).split(sep).join('/');
  return path.startsWith('../') || path === '..' ? '.dockerfile.from-elsewhere' : path;
}
