import { posix } from 'node:path';
import { followLinks, type Found, type Owner, parseNumericOwner } from '../base/file-tree.ts';
import type { ImageTree } from './image-tree.ts';
import { dockerfileInvalidError, instructionUnsupportedError } from '../dockerfile/errors.ts';
import type { CopyStep, WorkdirStep } from '../dockerfile/step.ts';
import type { CopiedItem, CopySource } from './copy-source.ts';
import { type DirectoryEntry, inPathOrder, type PlannedEntry, type PlannedItem } from './entry.ts';

const directoryMode = 0o755;
/** The kernel gives it to what is created in a directory that has it. */
const setGroup = 0o2000;

/** What a COPY says of where its sources go, and what becomes of them there. */
type Placement = Pick<CopyStep, 'line' | 'destination' | 'mode' | 'link'> & { readonly owner: Owner | undefined };

/** Plans the layer of one instruction: which entries it has. Nothing is read but names. */
export class LayerPlan {
  readonly #tree: ImageTree;
  readonly #items = new Map<string, PlannedItem>();
  #hasGrafts = false;

  constructor(tree: ImageTree) {
    this.#tree = tree;
  }

  /** In the order of their paths; where there are grafts, in that in which they lie on each other. */
  get items(): PlannedItem[] {
    return this.#hasGrafts ? [...this.#items.values()] : inPathOrder(this.#items.values());
  }

  /** Creates the directory, and those above it, where they do not exist; what exists keeps its mode and owner. */
  async workdir({ path, owner, line }: WorkdirStep): Promise<void> {
    await this.#createDirectories(path, owner === '' ? undefined : await this.#owner(owner, line), line);
  }

  /**
   * Copies as BuildKit does: a directory's content, not the directory; a file into a directory under its own name. Links that lead to
   * the destination are followed, links inside what is copied stay links.
   */
  async copy(step: CopyStep, sources: readonly CopySource[]): Promise<void> {
    const { line, destination } = step;
    const owner = step.owner === '' ? undefined : await this.#owner(step.owner, line);
    const placement = { ...step, owner };
    for (const source of sources) {
      const target = await this.#target(placement, source, sources.length);
      const { items } = await source.read();
      const above = target === '/' ? target : `${target}/`;
      for (const { inside, item } of items)
        await this.#place(item, inside === '' ? target : `${above}${inside}`, placement);
    }
    if (step.link && (await followLinks(this.#tree, destination)).linked)
      throw instructionUnsupportedError([
        { line, instruction: `COPY --link … ${destination}`, reason: 'a link of the base leads to its destination' },
      ]);
  }

  /** Where a source goes, once links are followed; the directories above it are created. */
  async #target({ destination, line, owner }: Placement, { kind, name }: CopySource, sources: number): Promise<string> {
    const above = destination.endsWith('/') ? destination : posix.dirname(destination);
    await this.#createDirectories(above, owner, line);
    const { path, found } = await followLinks(this.#tree, destination);
    if (kind === 'directory') {
      await this.#createDirectories(path, owner, line);
      return path;
    }
    if (found.kind === 'directory') return posix.join(path, name);
    if (sources > 1)
      throw dockerfileInvalidError(
        line,
        `COPY has several sources, so its destination is a directory and ends with /: ${destination}/`,
      );
    return path;
  }

  async #place(item: CopiedItem['item'], path: string, { line, owner, mode }: Placement): Promise<void> {
    const placed = { ...item, path, ...(item.type === 'graft' ? owner && { owner } : owner) };
    const withMode = mode === undefined || placed.type === 'link' ? placed : { ...placed, mode };
    const found = this.#tree.known(path) ?? (await this.#tree.lookup(path));
    if (withMode.type === 'graft') return this.#graft({ ...withMode, below: this.#tree.asItIs() });
    requireRoom(withMode, found, line);
    if (withMode.type === 'directory') this.#putDirectory(withMode, found);
    else this.#put(withMode);
  }

  #put(item: PlannedItem): void {
    this.#keep(item.path, item);
    this.#tree.put(item);
  }

  #graft(item: PlannedItem & { type: 'graft' }): void {
    this.#hasGrafts = true;
    this.#keep(`graft ${this.#items.size}`, item);
    this.#tree.put(item);
  }

  #putDirectory(directory: DirectoryEntry, found: Found): void {
    this.#keep(directory.path, directory);
    if (found.kind === 'absent') this.#tree.createDirectory(directory);
    else this.#tree.put(directory);
  }

  /** What is planned later lies on top. */
  #keep(key: string, item: PlannedItem): void {
    this.#items.delete(key);
    this.#items.set(key, item);
  }

  /** Like `mkdir -p`: links on the way are followed, what exists gets no entry. */
  async #createDirectories(path: string, owner: Owner | undefined, line: number): Promise<void> {
    const { path: resolved } = await followLinks(this.#tree, path);
    let current = '';
    let group: number | undefined;
    for (const part of resolved.split('/').filter((each) => each !== '')) {
      current += `/${part}`;
      const found = await this.#tree.lookup(current);
      if (found.kind === 'file')
        throw dockerfileInvalidError(line, `${current} is a file in the image, so ${path} cannot be a directory.`);
      if (found.kind === 'directory') group = found.group;
      if (found.kind !== 'absent') continue;
      const mode = group === undefined ? directoryMode : directoryMode | setGroup;
      this.#putDirectory({ type: 'directory', path: current, mode, ...(owner ?? { uid: 0, gid: group ?? 0 }) }, found);
    }
  }

  async #owner(name: string, line: number): Promise<Owner> {
    const known = parseNumericOwner(name);
    if (known !== undefined) return known;
    if (await this.#tree.hasOwnAccounts())
      throw instructionUnsupportedError([
        { line, instruction: name, reason: 'an earlier layer replaces the accounts that this name is looked up in' },
      ]);
    return this.#tree.resolveOwner(name);
  }
}

/**
 * A directory takes the place of one that exists, and never that of a link; a file or a link never that of a directory.
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function requireRoom({ type, path }: Pick<PlannedEntry, 'type' | 'path'>, found: Found, line: number): void {
  if (type === 'directory' && (found.kind === 'file' || found.kind === 'link'))
    throw dockerfileInvalidError(line, `COPY would put a directory where the image has a ${found.kind}: ${path}`);
  if (type !== 'directory' && found.kind === 'directory')
    throw dockerfileInvalidError(line, `COPY would put a file where the image has a directory: ${path}`);
}
