import { posix } from 'node:path';
import { followLinks, type Found, type Owner, parseNumericOwner } from '../base/file-tree.ts';
import type { ImageTree } from './image-tree.ts';
import { dockerfileInvalidError, instructionUnsupportedError } from '../dockerfile/errors.ts';
import type { CopyStep, WorkdirStep } from '../dockerfile/step.ts';
import type { CopiedItem, CopySource } from './copy-source.ts';
import { type DirectoryEntry, sortByPath, type PlannedEntry, type PlannedItem } from './entry.ts';

const directoryMode = 0o755;
/** The kernel passes it on to new directories inside. */
const setGroupId = 0o2000;

/** The destination of a COPY, and the mode and owner there. */
type Placement = Pick<CopyStep, 'line' | 'destination' | 'mode' | 'link'> & { readonly owner: Owner | undefined };

/** Plans the entries of one instruction's layer. Reads names but no content. */
export class LayerPlan {
  readonly #tree: ImageTree;
  readonly #items = new Map<string, PlannedItem>();
  #hasGrafts = false;

  constructor(tree: ImageTree) {
    this.#tree = tree;
  }

  /** Sorted by path; with grafts, in the order in which they override each other. */
  get items(): PlannedItem[] {
    return this.#hasGrafts ? [...this.#items.values()] : sortByPath(this.#items.values());
  }

  /** Creates the directory and its parents. Existing ones keep their mode and owner. */
  async addWorkdir({ path, owner, line }: WorkdirStep): Promise<void> {
    await this.#createDirectories(path, owner === '' ? undefined : await this.#resolveOwner(owner, line), line);
  }

  /**
   * Copies as BuildKit does: a directory's content without the directory, a file into a directory under its own name. Follows
   * links to the destination. Links inside a source stay links.
   */
  async addCopy(step: CopyStep, sources: readonly CopySource[]): Promise<void> {
    const { line, destination } = step;
    const owner = step.owner === '' ? undefined : await this.#resolveOwner(step.owner, line);
    const placement = { ...step, owner };
    for (const source of sources) {
      const target = await this.#resolveTarget(placement, source, sources.length);
      const { items } = await source.read();
      const parent = target === '/' ? target : `${target}/`;
      for (const { subpath, item } of items)
        await this.#place(item, subpath === '' ? target : `${parent}${subpath}`, placement);
    }
    if (step.link && (await followLinks(this.#tree, destination)).linked)
      throw instructionUnsupportedError([
        { line, instruction: `COPY --link … ${destination}`, reason: 'its destination contains a symlink of the base' },
      ]);
  }

  /** Returns a source's path in the image after following links. Creates the parent directories. */
  async #resolveTarget(
    { destination, line, owner }: Placement,
    { kind, name }: CopySource,
    sources: number,
  ): Promise<string> {
    const parent = destination.endsWith('/') ? destination : posix.dirname(destination);
    await this.#createDirectories(parent, owner, line);
    const { path, found } = await followLinks(this.#tree, destination);
    if (kind === 'directory') {
      await this.#createDirectories(path, owner, line);
      return path;
    }
    if (found.kind === 'directory') return posix.join(path, name);
    if (sources > 1)
      throw dockerfileInvalidError(
        line,
        `COPY has several sources, so its destination must be a directory. Add a slash: ${destination}/`,
      );
    return path;
  }

  async #place(item: CopiedItem['item'], path: string, { line, owner, mode }: Placement): Promise<void> {
    const placed = { ...item, path, ...(item.type === 'graft' ? owner && { owner } : owner) };
    const withMode = mode === undefined || placed.type === 'link' ? placed : { ...placed, mode };
    const found = this.#tree.lookupKnown(path) ?? (await this.#tree.lookup(path));
    if (withMode.type === 'graft') return this.#addGraft({ ...withMode, below: this.#tree.snapshot() });
    assertReplaceable(withMode, found, line);
    if (withMode.type === 'directory') this.#addDirectory(withMode, found);
    else this.#add(withMode);
  }

  #add(item: PlannedItem): void {
    this.#keep(item.path, item);
    this.#tree.add(item);
  }

  #addGraft(item: PlannedItem & { type: 'graft' }): void {
    this.#hasGrafts = true;
    this.#keep(`graft ${this.#items.size}`, item);
    this.#tree.add(item);
  }

  #addDirectory(directory: DirectoryEntry, found: Found): void {
    this.#keep(directory.path, directory);
    if (found.kind === 'absent') this.#tree.createDirectory(directory);
    else this.#tree.add(directory);
  }

  /** Later items override earlier ones. */
  #keep(key: string, item: PlannedItem): void {
    this.#items.delete(key);
    this.#items.set(key, item);
  }

  /** Works like `mkdir -p`: follows links, and adds no entry for existing directories. */
  async #createDirectories(path: string, owner: Owner | undefined, line: number): Promise<void> {
    const { path: resolved } = await followLinks(this.#tree, path);
    let current = '';
    let group: number | undefined;
    for (const part of resolved.split('/').filter((each) => each !== '')) {
      current += `/${part}`;
      const found = await this.#tree.lookup(current);
      if (found.kind === 'file')
        throw dockerfileInvalidError(
          line,
          `${path} can't be a directory, because ${current} is a file in the image. Choose another path.`,
        );
      if (found.kind === 'directory') group = found.group;
      if (found.kind !== 'absent') continue;
      const mode = group === undefined ? directoryMode : directoryMode | setGroupId;
      this.#addDirectory({ type: 'directory', path: current, mode, ...(owner ?? { uid: 0, gid: group ?? 0 }) }, found);
    }
  }

  async #resolveOwner(name: string, line: number): Promise<Owner> {
    const known = parseNumericOwner(name);
    if (known !== undefined) return known;
    if (await this.#tree.hasReplacedAccounts())
      throw instructionUnsupportedError([
        {
          line,
          instruction: name,
          reason: 'an earlier layer replaces /etc/passwd or /etc/group, which resolve this name',
        },
      ]);
    return this.#tree.resolveOwner(name);
  }
}

/**
 * Allows a directory to replace only a directory, and a file or link to replace anything else.
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function assertReplaceable(
  { type, path }: Pick<PlannedEntry, 'type' | 'path'>,
  found: Found,
  line: number,
): void {
  if (type === 'directory' && (found.kind === 'file' || found.kind === 'link'))
    throw dockerfileInvalidError(line, `COPY would put a directory where the image has a ${found.kind}: ${path}`);
  if (type !== 'directory' && found.kind === 'directory')
    throw dockerfileInvalidError(line, `COPY would put a file where the image has a directory: ${path}`);
}
