import { readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import type { BuildContext } from '../context/build-context.ts';
import type { ContextItem } from '../context/entries.ts';
import { Excludes } from '../context/excludes.ts';
import type { CopyFrom } from '../dockerfile/stages.ts';
import { findSources } from '../context/sources.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { unreadableError } from '../context/errors.ts';
import { assertNotArchive } from './assert-not-archive.ts';
import { type CopiedItem, type CopiedItems, type CopySource, createCopySource } from './copy-source.ts';
import type { PlannedEntry } from './entry.ts';

/** The parts of a COPY that select files. */
export interface CopySelection {
  readonly line: number;
  readonly excludes: readonly string[];
  readonly unpacks: boolean;
  /** Whether a mount shows the files, which aren't for an image: devices, pipes and sockets are left out. */
  readonly isMount?: boolean;
}

/** Returns how a mount selects what it shows. */
export function mountSelection(line: number): CopySelection {
  return { line, excludes: [], unpacks: false, isMount: true };
}

const root = { uid: 0, gid: 0 };
const directoryMode = 0o755;

/** The sources of COPY in a build context. Each is found and read once. */
export class ContextSources {
  readonly context: BuildContext;
  readonly #named: ReadonlyMap<string, ContextSources>;
  readonly #label: string;
  readonly #found = new Map<string, Promise<readonly CopySource[]>>();

  /** @param label stands before paths in messages and caches, so that those of several contexts differ */
  constructor(context: BuildContext, named: ReadonlyMap<string, ContextSources> = new Map(), label = '') {
    this.context = context;
    this.#named = named;
    this.#label = label;
  }

  /** Returns the sources of a `COPY --from`: these, those of a named context, or undefined for a stage or an image. */
  sourcesOf(from: CopyFrom | undefined): ContextSources | undefined {
    if (from === undefined) return this;
    return from.kind === 'context' ? this.#named.get(from.name) : undefined;
  }

  /** Returns the contexts, the main one first. */
  all(): BuildContext[] {
    return [this.context, ...[...this.#named.values()].map(({ context }) => context)];
  }

  /**
   * Everything belongs to root, as in Docker. Directories get the mode 0755. Links inside a source stay links.
   * @throws RegistryPusherError COPY_SOURCE_*, DOCKERFILE_INVALID, INSTRUCTION_UNSUPPORTED for an archive in ADD
   */
  find(pattern: string, selection: CopySelection): Promise<readonly CopySource[]> {
    const key = JSON.stringify([pattern, selection.line, selection.excludes, selection.unpacks, selection.isMount]);
    const found = this.#found.get(key) ?? findCopySources(this.context, this.#label, pattern, selection);
    this.#found.set(key, found);
    return found;
  }
}

async function findCopySources(
  context: BuildContext,
  label: string,
  pattern: string,
  selection: CopySelection,
): Promise<CopySource[]> {
  const found = await findSources(context, pattern, selection.line);
  return found.map(({ item, name }) => {
    if (selection.unpacks && item.kind === 'file') assertNotArchive(item, selection.line);
    return item.kind === 'directory'
      ? createCopySource('directory', name, () => readDirectory(context, label, item, selection))
      : createCopySource('file', name, () => readSingle(label, item));
  });
}

async function readSingle(label: string, item: ContextItem): Promise<CopiedItems> {
  const warnings: string[] = [];
  return { items: [{ subpath: '', item: toEntry(label, item, warnings) }], warnings };
}

async function readDirectory(
  context: BuildContext,
  label: string,
  directory: ContextItem,
  { excludes, line, isMount }: CopySelection,
): Promise<CopiedItems> {
  const excluded = new Excludes(excludes, line);
  const prefix = directory.path === '' ? 0 : directory.path.length + 1;
  const items: CopiedItem[] = [];
  const warnings: string[] = [];
  for (const item of await context.walk(directory)) {
    if (isMount === true && item.kind === 'special') continue;
    const subpath = item.path.slice(prefix);
    if (!excluded.isExcluded(subpath)) items.push({ subpath, item: toEntry(label, item, warnings) });
  }
  return { items, warnings };
}

function toEntry(label: string, { path, absolute, kind }: ContextItem, warnings: string[]): PlannedEntry {
  if (kind === 'directory') return { type: 'directory', path, mode: directoryMode, ...root };
  if (kind === 'file') return { type: 'file', path, absolute, contextPath: `${label}${path}`, ...root };
  if (kind === 'special')
    throw new RegistryPusherError(
      'FILE_REFUSED',
      `${label}${path} is a device, a pipe or a socket, which can't go into an image. Delete it or add it to .dockerignore.`,
    );
  const target = readTarget(path, absolute);
  if (pointsOutside(path, target))
    warnings.push(`${label}${path} links to ${target}, outside the build context. The link is copied unchanged.`);
  return { type: 'link', path, target, ...root };
}

function readTarget(path: string, absolute: string): string {
  try {
    return readlinkSync(absolute);
  } catch (cause) {
    throw unreadableError(path, cause);
  }
}

function pointsOutside(path: string, target: string): boolean {
  const resolved = posix.join(posix.dirname(path), target);
  return target.startsWith('/') || resolved === '..' || resolved.startsWith('../');
}
