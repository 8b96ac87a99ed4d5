import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LayerEntry, readLayer } from './layer-reader.ts';
import { type OpenBlob, openLayer } from './layer-source.ts';
import { removeTree } from '../remove-tree.ts';

/** A layer by its two digests. */
export interface LayerName {
  /** The digest of the blob. */
  readonly digest: string;
  /** The digest of the tar in it. */
  readonly diffId: string;
}

/** A layer whose files are on disk. */
export interface StoredLayer {
  readonly entries: readonly LayerEntry[];
  /** Returns the path of the file with an entry's content. Never write to it. */
  contentPath(content: number): string;
}

/** How many unused layers to keep: the next image usually shares them. */
const keptUnused = 24;
const entriesFile = 'entries.json';

/**
 * Layers, each unpacked once for all images: its entries as a list, and their contents as files that images link to. A
 * layer exists as a whole or not at all, even if the process is killed.
 */
export class LayerStore {
  readonly #dir: string;
  readonly #openBlob: OpenBlob;
  readonly #layers = new Map<string, Promise<StoredLayer>>();
  readonly #removals = new Map<string, Promise<void>>();
  #pruned: Promise<void> = Promise.resolve();

  constructor(dir: string, openBlob: OpenBlob) {
    this.#dir = dir;
    this.#openBlob = openBlob;
  }

  /** Creates the directory, or reuses an earlier sandbox's and removes its incomplete layers. */
  async adopt(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    for (const name of await readdir(this.#dir)) {
      if (name.startsWith('temporary-')) await removeTree(join(this.#dir, name));
    }
  }

  /** Returns a layer, unpacked if needed. @throws SandboxError IMAGE_INVALID when the blob doesn't match */
  async get(layer: LayerName): Promise<StoredLayer> {
    const known = this.#layers.get(layer.diffId);
    if (known) {
      const stored = await known;
      await this.#touch(layer.diffId);
      return stored;
    }
    const layerFound = this.#openOrUnpack(layer);
    this.#layers.set(layer.diffId, layerFound);
    try {
      return await layerFound;
    } catch (error) {
      this.#layers.delete(layer.diffId);
      throw error;
    }
  }

  /** Removes unused layers, except the most recent. One that is used again in the meantime stays, or is unpacked again. */
  async prune(isInUse: (diffId: string) => boolean): Promise<void> {
    const prune = (): Promise<void> => this.#prune(isInUse);
    this.#pruned = this.#pruned.then(prune, prune);
    await this.#pruned;
  }

  async #prune(isInUse: (diffId: string) => boolean): Promise<void> {
    const names = await readdir(this.#dir);
    const unused = names.filter((name) => !name.startsWith('temporary-') && !isInUse(diffIdOf(name)));
    if (unused.length <= keptUnused) return;
    const dated = await Promise.all(unused.map(async (name) => ({ name, time: await usedAt(join(this.#dir, name)) })));
    dated.sort((left, right) => right.time - left.time);
    for (const { name } of dated.slice(keptUnused)) if (!isInUse(diffIdOf(name))) await this.#remove(diffIdOf(name));
  }

  async #remove(diffId: string): Promise<void> {
    const trash = this.#temporary();
    this.#layers.delete(diffId);
    const removal = rename(this.#directory(diffId), trash);
    this.#removals.set(diffId, removal);
    try {
      await removal;
    } finally {
      this.#removals.delete(diffId);
    }
    await removeTree(trash);
  }

  async #openOrUnpack(layer: LayerName): Promise<StoredLayer> {
    await this.#removals.get(layer.diffId);
    return (await this.#open(layer.diffId)) ?? (await this.#unpack(layer));
  }

  async #open(diffId: string): Promise<StoredLayer | undefined> {
    const directory = this.#directory(diffId);
    try {
      const entries = JSON.parse(await readFile(join(directory, entriesFile), 'utf8')) as readonly LayerEntry[];
      await this.#touch(diffId);
      return storedLayer(directory, entries);
    } catch {
      return undefined;
    }
  }

  async #unpack(layer: LayerName): Promise<StoredLayer> {
    const temporary = this.#temporary();
    try {
      await mkdir(temporary);
      const entries = await readLayer(openLayer(this.#openBlob(layer.digest), layer), layer.digest, temporary);
      await writeFile(join(temporary, entriesFile), JSON.stringify(entries));
      const directory = this.#directory(layer.diffId);
      await removeTree(directory);
      await rename(temporary, directory);
      return storedLayer(directory, entries);
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
  }

  /** The directory's time is the layer's last use. */
  async #touch(diffId: string): Promise<void> {
    const now = new Date();
    await utimes(this.#directory(diffId), now, now);
  }

  #directory(diffId: string): string {
    return join(this.#dir, diffId.replace(':', '-'));
  }

  #temporary(): string {
    return join(this.#dir, `temporary-${randomUUID()}`);
  }
}

const diffIdOf = (directory: string): string => directory.replace('-', ':');

const usedAt = async (directory: string): Promise<number> => (await stat(directory)).mtimeMs;

const storedLayer = (directory: string, entries: readonly LayerEntry[]): StoredLayer => ({
  entries,
  contentPath: (content) => join(directory, String(content)),
});
