import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SandboxError } from '../errors.ts';
import type { ImageStore, PushedImage } from '../registry/image-store.ts';
import { removeTree } from './remove-tree.ts';
import { type OpenBlob, unpackImage } from './unpack.ts';

export interface UnpackedImage {
  readonly root: string;
  readonly config: PushedImage['config'];
}

/** Unpacked images nobody uses are kept while they are among the last few: the next deploy may be a rollback. */
const keptUnused = 3;

/** Images unpacked from the registry, each once, in folders that its dynos share. */
export class ImageFolders {
  readonly #dir: string;
  readonly #images: ImageStore;
  readonly #openBlob: OpenBlob;
  readonly #unpacking = new Map<string, Promise<void>>();
  /** Users by image ID, the least recently used first. */
  readonly #users = new Map<string, number>();

  constructor(dir: string, images: ImageStore, openBlob: OpenBlob) {
    this.#dir = dir;
    this.#images = images;
    this.#openBlob = openBlob;
  }

  /** Takes over what an earlier sandbox unpacked in the same folder, and removes what it left half done. */
  async adopt(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    for (const name of await readdir(this.#dir)) {
      if (name.startsWith('temporary-')) await removeTree(join(this.#dir, name));
      else this.#users.set(name.replace('-', ':'), 0);
    }
  }

  /** Until it is released as often, the folder stays. */
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
    return { root: this.#folder(imageId), config: image.config };
  }

  async release(imageId: string): Promise<void> {
    this.#use(imageId, -1);
    const unused = [...this.#users].filter(([, users]) => users === 0).map(([id]) => id);
    for (const id of unused.slice(0, Math.max(0, unused.length - keptUnused))) await this.#discard(id);
  }

  async removeUnused(): Promise<void> {
    for (const [id, users] of [...this.#users]) if (users === 0) await this.#discard(id);
  }

  #use(imageId: string, change: number): void {
    const users = (this.#users.get(imageId) ?? 0) + change;
    this.#users.delete(imageId);
    this.#users.set(imageId, users);
  }

  async #discard(imageId: string): Promise<void> {
    this.#users.delete(imageId);
    const trash = this.#temporary();
    await rename(this.#folder(imageId), trash).then(
      async () => await removeTree(trash),
      () => undefined,
    );
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
    const folder = this.#folder(imageId);
    if (await exists(folder)) return;
    const temporary = this.#temporary();
    try {
      await unpackImage(image, this.#openBlob, temporary);
      await rename(temporary, folder);
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
  }

  #folder(imageId: string): string {
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
