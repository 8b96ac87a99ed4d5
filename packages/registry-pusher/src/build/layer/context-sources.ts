import { readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import type { BuildContext } from '../context/build-context.ts';
import type { ContextItem } from '../context/entries.ts';
import { Excludes } from '../context/excludes.ts';
import { findSources } from '../context/sources.ts';
import { unreadableError } from '../context/errors.ts';
import { assertNotArchive } from './archive.ts';
import { type Copied, type CopiedItem, copySource, type CopySource } from './copy-source.ts';
import type { PlannedEntry } from './entry.ts';

/** What of a COPY tells what it takes along. */
export interface Selection {
  readonly line: number;
  readonly excludes: readonly string[];
  readonly unpacks: boolean;
}

const root = { uid: 0, gid: 0 };
const directoryMode = 0o755;

/** What sources of COPY mean in a build context: each is found and looked through once. */
export class ContextSources {
  readonly context: BuildContext;
  readonly #found = new Map<string, Promise<readonly CopySource[]>>();

  constructor(context: BuildContext) {
    this.context = context;
  }

  /**
   * Everything belongs to root there, as with Docker; directories are 0755, and links inside what is copied stay links.
   * @throws RegistryPusherError COPY_SOURCE_*, DOCKERFILE_INVALID, INSTRUCTION_UNSUPPORTED for an archive that ADD would unpack
   */
  find(pattern: string, selection: Selection): Promise<readonly CopySource[]> {
    const key = JSON.stringify([pattern, selection.line, selection.excludes, selection.unpacks]);
    const found = this.#found.get(key) ?? sourcesOf(this.context, pattern, selection);
    this.#found.set(key, found);
    return found;
  }
}

async function sourcesOf(context: BuildContext, pattern: string, selection: Selection): Promise<CopySource[]> {
  const found = await findSources(context, pattern, selection.line);
  return found.map(({ item, name }) => {
    if (selection.unpacks && item.kind === 'file') assertNotArchive(item, selection.line);
    return item.kind === 'directory'
      ? copySource('directory', name, () => insideOf(context, item, selection))
      : copySource('file', name, () => only(item));
  });
}

async function only(item: ContextItem): Promise<Copied> {
  const warnings: string[] = [];
  return { items: [{ inside: '', item: planned(item, warnings) }], warnings };
}

async function insideOf(context: BuildContext, directory: ContextItem, { excludes, line }: Selection): Promise<Copied> {
  const left = new Excludes(excludes, line);
  const prefix = directory.path === '' ? 0 : directory.path.length + 1;
  const items: CopiedItem[] = [];
  const warnings: string[] = [];
  for (const item of await context.walk(directory)) {
    const inside = item.path.slice(prefix);
    if (!left.isExcluded(inside)) items.push({ inside, item: planned(item, warnings) });
  }
  return { items, warnings };
}

function planned({ path, absolute, kind }: ContextItem, warnings: string[]): PlannedEntry {
  if (kind === 'directory') return { type: 'directory', path, mode: directoryMode, ...root };
  if (kind === 'file') return { type: 'file', path, absolute, contextPath: path, ...root };
  const target = targetOf(path, absolute);
  if (leadsOutside(path, target))
    warnings.push(`${path} is a link to ${target}, outside of the build context; it goes in as it is.`);
  return { type: 'link', path, target, ...root };
}

function targetOf(path: string, absolute: string): string {
  try {
    return readlinkSync(absolute);
  } catch (cause) {
    throw unreadableError(path, cause);
  }
}

function leadsOutside(path: string, target: string): boolean {
  const leadsTo = posix.join(posix.dirname(path), target);
  return target.startsWith('/') || leadsTo === '..' || leadsTo.startsWith('../');
}
