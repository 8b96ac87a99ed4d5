import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from '../../errors/sandbox-error.ts';
import type { ImageStore, PushedImage } from '../../registry/image-store.ts';
import type { OpenBlob } from './layer-source.ts';
import { LayerStore } from './layer-store.ts';
import { removeTree } from '../remove-tree.ts';
import { layersOf, unpackImage } from './unpack.ts';

export interface UnpackedImage {
  readonly root: string;
  readonly config: PushedImage['config'];
}

/** How many unused unpacked images to keep: the next deploy may be a rollback. */
const keptUnused = 3;

/**
 * Images unpacked from the registry, once each. Their files are links to their layers' files, which images share: no one
 * may write to these directories.
 */
export class ImageDirectories {
  readonly #dir: string;
  readonly #images: ImageStore;
  readonly #layers: LayerStore;
  readonly #unpacking = new Map<string, Promise<void>>();
  readonly #removals = new Map<string, Promise<void>>();
  /** The number of users by image ID, the least recently used first. */
  readonly #users = new Map<string, number>();
  readonly #layersInUse = new Map<string, readonly string[]>();

  constructor(dir: string, images: ImageStore, openBlob: OpenBlob) {
    this.#dir = join(dir, 'images');
    this.#images = images;
    this.#layers = new LayerStore(join(dir, 'layers'), openBlob);
  }

  /** Reuses layers that an earlier sandbox unpacked, and assembles images from them again. */
  async adopt(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    for (const name of await readdir(this.#dir)) await removeTree(join(this.#dir, name));
    await this.#layers.adopt();
  }

  /** The directory stays until each user releases it. */
  async acquire({ repository, imageId }: { repository: string; imageId: string }): Promise<UnpackedImage> {
    const image = await this.#images.findImage(repository, imageId);
    if (!image) throw new SandboxError('IMAGE_INVALID', `${repository} has no image ${imageId}: push it first`);
    this.#use(imageId, 1);
    try {
      await this.#unpackOnce(imageId, image);
    } catch (error) {
      this.#use(imageId, -1);
      throw error;
    }
    return { root: this.#directory(imageId), config: image.config };
  }

  async release(imageId: string): Promise<void> {
    this.#use(imageId, -1);
    const unused = this.#unused();
    await this.#discard(unused.slice(0, Math.max(0, unused.length - keptUnused)));
  }

  async removeUnused(): Promise<void> {
    await this.#discard(this.#unused());
  }

  #use(imageId: string, change: number): void {
    const users = (this.#users.get(imageId) ?? 0) + change;
    this.#users.delete(imageId);
    this.#users.set(imageId, users);
  }

  #unused(): string[] {
    return [...this.#users].filter(([, users]) => users === 0).map(([imageId]) => imageId);
  }

  /** Keeps an image that is used again in the meantime. */
  async #discard(imageIds: readonly string[]): Promise<void> {
    for (const imageId of imageIds) if (this.#users.get(imageId) === 0) await this.#remove(imageId);
    if (imageIds.length > 0)
      await this.#layers.prune((diffId) => [...this.#layersInUse.values()].some((layers) => layers.includes(diffId)));
  }

  async #remove(imageId: string): Promise<void> {
    this.#users.delete(imageId);
    this.#layersInUse.delete(imageId);
    const trash = this.#temporary();
    // An image that couldn't be unpacked has no directory.
    const removal = rename(this.#directory(imageId), trash).catch(() => undefined);
    this.#removals.set(imageId, removal);
    await removal;
    this.#removals.delete(imageId);
    await removeTree(trash);
  }

  async #unpackOnce(imageId: string, image: PushedImage): Promise<void> {
    const running = this.#unpacking.get(imageId) ?? this.#unpack(imageId, image);
    this.#unpacking.set(imageId, running);
    try {
      await running;
    } finally {
      this.#unpacking.delete(imageId);
    }
  }

  async #unpack(imageId: string, image: PushedImage): Promise<void> {
    const directory = this.#directory(imageId);
    this.#layersInUse.set(
      imageId,
      layersOf(image).map(({ diffId }) => diffId),
    );
    await this.#removals.get(imageId);
    if (await exists(directory)) return;
    const temporary = this.#temporary();
    try {
      await unpackImage(image, this.#layers, temporary);
      await rename(temporary, directory);
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
  }

  #directory(imageId: string): string {
    return join(this.#dir, imageId.replace(':', '-'));
  }

  #temporary(): string {
    return join(this.#dir, `temporary-${randomUUID()}`);
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
