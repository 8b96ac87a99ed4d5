import { readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { followLinks, type Found, type Owner, ownerByNumber } from '../base/file-tree.ts';
import type { ImageTree } from '../base/image-tree.ts';
import type { BuildContext } from '../context/build-context.ts';
import type { ContextItem } from '../context/entries.ts';
import { unreadable } from '../context/unreadable.ts';
import { Excludes } from '../context/excludes.ts';
import { type CopySource, findSources } from '../context/sources.ts';

import { dockerfileInvalid } from '../dockerfile/invalid.ts';
import type { CopyStep, WorkdirStep } from '../dockerfile/step.ts';
import { instructionUnsupported } from '../dockerfile/unsupported.ts';
import { requireUnpacked } from './archive.ts';
import { inPathOrder, type PlannedEntry } from './entry.ts';

const folderMode = 0o755;
const root: Owner = { uid: 0, gid: 0 };

/** Plans the layer of one instruction: which entries it has. Nothing is read but names. */
export class LayerPlan {
  readonly warnings: string[] = [];
  readonly #tree: ImageTree;
  readonly #context: BuildContext;
  readonly #entries = new Map<string, PlannedEntry>();

  constructor(tree: ImageTree, context: BuildContext) {
    this.#tree = tree;
    this.#context = context;
  }

  /** The entries in the order of their paths. */
  get entries(): PlannedEntry[] {
    return inPathOrder(this.#entries.values());
  }

  /** Creates the folder, and those above it, where they do not exist; what exists keeps its mode and owner. */
  async workdir({ path, owner, line }: WorkdirStep): Promise<void> {
    await this.#createFolders(path, await this.#owner(owner, line), line);
  }

  /**
   * Copies as BuildKit does: a folder's content, not the folder; a file into a folder under its own name. Links that lead to
   * the destination are followed, links inside what is copied stay links.
   */
  async copy(step: CopyStep): Promise<void> {
    const { sources: patterns, destination, line } = step;
    const owner = step.owner === '' ? root : await this.#owner(step.owner, line);
    const sources: CopySource[] = [];
    for (const pattern of patterns) {
      const found = await findSources(this.#context, pattern, line);
      if (found.length === 0) this.warnings.push(`Dockerfile line ${line}: COPY source "${pattern}" matches nothing.`);
      sources.push(...found);
    }
    for (const source of sources) {
      if (step.unpacks && source.item.kind === 'file') requireUnpacked(source.item, line);
      const target = await this.#target(step, source, owner, sources.length);
      if (source.item.kind === 'folder') await this.#copyFolder(source.item, target, step, owner);
      else await this.#putFile(source.item, target, step, owner);
    }
    if (step.link && (await followLinks(this.#tree, destination)).linked)
      throw instructionUnsupported([
        { line, instruction: `COPY --link … ${destination}`, reason: 'a link of the base leads to its destination' },
      ]);
  }

  /** Where a source goes, once links are followed; the folders above it are created. */
  async #target(step: CopyStep, { item, name }: CopySource, owner: Owner, sources: number): Promise<string> {
    const isFolderPath = step.destination.endsWith('/');
    const above = isFolderPath ? step.destination : posix.dirname(step.destination);
    await this.#createFolders(above, owner, step.line);
    const { path, found } = await followLinks(this.#tree, step.destination);
    if (item.kind === 'folder') {
      await this.#createFolders(path, owner, step.line);
      return path;
    }
    if (found.kind === 'folder') return posix.join(path, name);
    if (sources > 1)
      throw dockerfileInvalid(
        step.line,
        `COPY has several sources, so its destination is a folder and ends with /: ${step.destination}/`,
      );
    return path;
  }

  async #copyFolder(folder: ContextItem, target: string, step: CopyStep, owner: Owner): Promise<void> {
    const excludes = new Excludes(step.excludes, step.line);
    for await (const item of this.#context.walk(folder)) {
      const inside = folder.path === '' ? item.path : item.path.slice(folder.path.length + 1);
      if (excludes.leavesOut(inside)) continue;
      const path = posix.join(target, inside);
      if (item.kind === 'folder') await this.#mergeFolder(path, step, owner);
      else if (item.kind === 'link') await this.#putLink(item, path, step, owner);
      else await this.#putFile(item, path, step, owner);
    }
  }

  /** A folder inside what is copied: it takes the place and the mode of one that exists, and never that of a link. */
  async #mergeFolder(path: string, { line, mode = folderMode }: CopyStep, owner: Owner): Promise<void> {
    const found = await this.#tree.lookup(path);
    if (found.kind === 'file' || found.kind === 'link')
      throw dockerfileInvalid(line, `COPY would put a folder where the image has a ${found.kind}: ${path}`);
    this.#putFolder(path, owner, mode, found);
  }

  #putFolder(path: string, owner: Owner, mode: number, found: Found): void {
    this.#entries.set(path, { type: 'folder', path, mode, ...owner });
    if (found.kind === 'absent') this.#tree.createFolder(path);
    else this.#tree.put(path, { kind: 'folder' });
  }

  async #putFile(item: ContextItem, path: string, { line, mode }: CopyStep, owner: Owner): Promise<void> {
    if ((await this.#tree.lookup(path)).kind === 'folder') throw folderInTheWay(line, path);
    const modeOf = mode === undefined ? {} : { mode };
    this.#entries.set(path, {
      type: 'file',
      path,
      ...modeOf,
      absolute: item.absolute,
      contextPath: item.path,
      ...owner,
    });
    this.#tree.put(path, { kind: 'file' });
  }

  async #putLink(item: ContextItem, path: string, { line }: CopyStep, owner: Owner): Promise<void> {
    if ((await this.#tree.lookup(path)).kind === 'folder') throw folderInTheWay(line, path);
    const target = await readlink(item.absolute).catch((cause: unknown) => {
      throw unreadable(item.path, cause);
    });
    if (leadsOutside(item.path, target))
      this.warnings.push(`${item.path} is a link to ${target}, outside of the build context; it goes in as it is.`);
    this.#entries.set(path, { type: 'link', path, target, ...owner });
    this.#tree.put(path, { kind: 'link', target });
  }

  /** Like `mkdir -p`: links on the way are followed, what exists gets no entry. */
  async #createFolders(path: string, owner: Owner, line: number): Promise<void> {
    const { path: resolved } = await followLinks(this.#tree, path);
    let current = '';
    for (const part of resolved.split('/').filter((each) => each !== '')) {
      current += `/${part}`;
      const found = await this.#tree.lookup(current);
      if (found.kind === 'file')
        throw dockerfileInvalid(line, `${current} is a file in the image, so ${path} cannot be a folder.`);
      if (found.kind === 'absent') this.#putFolder(current, owner, folderMode, found);
    }
  }

  async #owner(name: string, line: number): Promise<Owner> {
    const known = ownerByNumber(name);
    if (known !== undefined) return known;
    if (this.#tree.hasOwnAccounts)
      throw instructionUnsupported([
        { line, instruction: name, reason: 'an earlier layer replaces the accounts that this name is looked up in' },
      ]);
    return this.#tree.owner(name);
  }
}

function leadsOutside(path: string, target: string): boolean {
  const leadsTo = posix.join(posix.dirname(path), target);
  return target.startsWith('/') || leadsTo === '..' || leadsTo.startsWith('../');
}

function folderInTheWay(line: number, path: string): Error {
  return dockerfileInvalid(line, `COPY would put a file where the image has a folder: ${path}`);
}
