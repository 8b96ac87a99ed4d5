import { createInterface } from 'node:readline';
import { SandboxError } from '../../errors/sandbox-error.ts';
import type { ImageStore, PushedImage } from '../../registry/image-store.ts';
import type { OpenBlob } from '../image/layer-source.ts';
import { type Engine, EngineRefusal } from './engine.ts';
import { imageArchive } from './image-archive.ts';

export interface LoadedImage {
  /** The image's name in the engine, with any image store. */
  readonly tag: string;
  readonly config: PushedImage['config'];
}

/** How many images stay in the engine, besides those in use. */
const keptImages = 6;

/** Loads images from the sandbox's registry into the engine once each, without a login or a pull. */
export class EngineImages {
  readonly #engine: Engine;
  readonly #images: ImageStore;
  readonly #openBlob: OpenBlob;
  readonly #repository: string;
  /** By tag, the least recently used first. */
  readonly #loaded = new Map<string, Promise<void>>();
  /** The loaded images: each a list of diff IDs from the lowest layer up. */
  readonly #stacks = new Map<string, readonly string[]>();

  /** @param repository the prefix of its tags, used by no one else */
  constructor(engine: Engine, images: ImageStore, openBlob: OpenBlob, repository: string) {
    this.#engine = engine;
    this.#images = images;
    this.#openBlob = openBlob;
    this.#repository = repository;
  }

  /** Loads an image. @throws SandboxError IMAGE_INVALID if it wasn't pushed, or the engine rejects it */
  async get({ repository, imageId }: { repository: string; imageId: string }): Promise<LoadedImage> {
    const image = await this.#images.findImage(repository, imageId);
    if (!image) throw new SandboxError('IMAGE_INVALID', `${repository} has no image ${imageId}: push it first`);
    const tag = `${this.#repository}:${imageId.slice('sha256:'.length)}`;
    const loading = this.#loaded.get(tag) ?? this.#load(image, imageId, tag);
    this.#loaded.delete(tag);
    this.#loaded.set(tag, loading);
    try {
      await loading;
      await this.#removeOld();
    } catch (error) {
      this.#loaded.delete(tag);
      throw error;
    }
    return { tag, config: image.config };
  }

  /** Removes all of them from the engine. */
  async remove(): Promise<void> {
    for (const [tag, loading] of this.#loaded) {
      await loading.catch(() => undefined);
      await removeImage(this.#engine, tag);
    }
    this.#loaded.clear();
  }

  async #load(image: PushedImage, imageId: string, tag: string): Promise<void> {
    const known = this.#knownLayers(image);
    try {
      // An engine may require all layers, even those it has.
      const isTaken = known > 0 && (await succeeds(this.#offer(image, { imageId, tag, known })));
      if (!isTaken) await this.#offer(image, { imageId, tag, known: 0 });
      this.#stacks.set(tag, image.config.rootfs.diff_ids);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SandboxError('IMAGE_INVALID', `the Docker Engine rejects ${imageId}: ${reason}`, {
        cause: error,
      });
    }
  }

  async #offer(image: PushedImage, names: { imageId: string; tag: string; known: number }): Promise<void> {
    const body = imageArchive(image, names, this.#openBlob);
    const answer = await this.#engine.stream('POST', '/images/load', { query: { quiet: true }, body });
    for await (const line of createInterface({ input: answer })) {
      const { error } = JSON.parse(line) as { error?: string };
      if (error !== undefined) throw new Error(error);
    }
  }

  /** Returns how many of the lowest layers the engine already has, in this order. */
  #knownLayers({ config }: PushedImage): number {
    const wanted = config.rootfs.diff_ids;
    const shared = [...this.#stacks.values()].map((stack) => {
      const differs = wanted.findIndex((diffId, index) => diffId !== stack[index]);
      return differs === -1 ? wanted.length : differs;
    });
    return Math.max(0, ...shared);
  }

  async #removeOld(): Promise<void> {
    for (const tag of [...this.#loaded.keys()].slice(0, Math.max(0, this.#loaded.size - keptImages))) {
      if (!(await succeeds(this.#engine.ask('DELETE', `/images/${tag}`)))) continue;
      this.#loaded.delete(tag);
      this.#stacks.delete(tag);
    }
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return await work.then(
    () => true,
    () => false,
  );
}

/** Removes a tag, and the image if it has no other tag. */
export async function removeImage(engine: Engine, tag: string): Promise<void> {
  await engine.ask('DELETE', `/images/${tag}`, { query: { force: true } }).catch((error: unknown) => {
    if (!(error instanceof EngineRefusal)) throw error;
  });
}
