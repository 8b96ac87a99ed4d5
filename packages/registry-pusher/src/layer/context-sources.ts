import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import type { BuildContext } from '../context/build-context.ts';
import type { ContextItem } from '../context/entries.ts';
import { Excludes } from '../context/excludes.ts';
import { findSources } from '../context/sources.ts';
import { unreadable } from '../context/unreadable.ts';
import { requireUnpacked } from './archive.ts';
import type { CopiedItem, CopySource } from './copy-source.ts';
import type { PlannedEntry } from './entry.ts';

/** What of a COPY tells what it takes along. */
export interface Selection {
  readonly line: number;
  readonly excludes: readonly string[];
  readonly unpacks: boolean;
}

const root = { uid: 0, gid: 0 };
const folderMode = 0o755;

/**
 * What a source of COPY means in the build context. Everything belongs to root there, as with Docker; folders are 0755, and
 * links inside what is copied stay links.
 * @throws RegistryPusherError COPY_SOURCE_*, DOCKERFILE_INVALID, INSTRUCTION_UNSUPPORTED for an archive that ADD would unpack
 */
export async function contextSources(
  context: BuildContext,
  pattern: string,
  selection: Selection,
  warnings: string[],
): Promise<CopySource[]> {
  const { line, unpacks } = selection;
  const found = await findSources(context, pattern, line);
  return found.map(({ item, name }) => {
    if (unpacks && item.kind === 'file') requireUnpacked(item, line);
    const items =
      item.kind === 'folder' ? () => insideOf(context, item, selection, warnings) : () => only(item, warnings);
    return { kind: item.kind === 'folder' ? 'folder' : 'file', name, items };
  });
}

async function* only(item: ContextItem, warnings: string[]): AsyncGenerator<CopiedItem> {
  yield { inside: '', item: await planned(item, warnings) };
}

async function* insideOf(
  context: BuildContext,
  folder: ContextItem,
  selection: Selection,
  warnings: string[],
): AsyncGenerator<CopiedItem> {
  const excludes = new Excludes(selection.excludes, selection.line);
  for await (const item of context.walk(folder)) {
    const inside = folder.path === '' ? item.path : item.path.slice(folder.path.length + 1);
    if (!excludes.leavesOut(inside)) yield { inside, item: await planned(item, warnings) };
  }
}

async function planned(item: ContextItem, warnings: string[]): Promise<PlannedEntry> {
  const { path, absolute, kind } = item;
  if (kind === 'folder') return { type: 'folder', path, mode: folderMode, ...root };
  if (kind === 'file') return { type: 'file', path, absolute, contextPath: path, ...root };
  const target = await readlink(absolute).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (leadsOutside(path, target))
    warnings.push(`${path} is a link to ${target}, outside of the build context; it goes in as it is.`);
  return { type: 'link', path, target, ...root };
}

function leadsOutside(path: string, target: string): boolean {
  const leadsTo = posix.join(posix.dirname(path), target);
  return target.startsWith('/') || leadsTo === '..' || leadsTo.startsWith('../');
}
