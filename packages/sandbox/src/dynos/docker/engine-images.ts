import { createInterface } from 'node:readline';
import { SandboxError } from '../../errors.ts';
import type { ImageStore, PushedImage } from '../../registry/image-store.ts';
import type { OpenBlob } from '../layer-source.ts';
import { type Engine, EngineRefusal } from './engine.ts';
import { imageArchive } from './image-archive.ts';

export interface LoadedImage {
  /** Names it in the engine, whatever kind of image store that has. */
  readonly tag: string;
  readonly config: PushedImage['config'];
}

/** Images of the sandbox's registry, each loaded into the engine once, without a registry login or a pull. */
export class EngineImages {
  readonly #engine: Engine;
  readonly #images: ImageStore;
  readonly #openBlob: OpenBlob;
  readonly #repository: string;
  readonly #loaded = new Map<string, Promise<void>>();

  /** @param repository what its tags begin with; nobody else's do. */
  constructor(engine: Engine, images: ImageStore, openBlob: OpenBlob, repository: string) {
    this.#engine = engine;
    this.#images = images;
    this.#openBlob = openBlob;
    this.#repository = repository;
  }

  /** @throws SandboxError IMAGE_INVALID when it was not pushed, or the engine does not take it. */
  async get({ repository, imageId }: { repository: string; imageId: string }): Promise<LoadedImage> {
    const image = await this.#images.findImage(repository, imageId);
    if (!image) throw new SandboxError('IMAGE_INVALID', `${repository} has no image ${imageId}: push it first`);
    const tag = `${this.#repository}:${imageId.slice('sha256:'.length)}`;
    const loading = this.#loaded.get(tag) ?? this.#load(image, imageId, tag);
    this.#loaded.set(tag, loading);
    try {
      await loading;
    } catch (error) {
      this.#loaded.delete(tag);
      throw error;
    }
    return { tag, config: image.config };
  }

  /** Takes all of them out of the engine again. */
  async remove(): Promise<void> {
    for (const [tag, loading] of this.#loaded) {
      await loading.catch(() => undefined);
      await removeImage(this.#engine, tag);
    }
    this.#loaded.clear();
  }

  async #load(image: PushedImage, imageId: string, tag: string): Promise<void> {
    try {
      const body = imageArchive(image, imageId, tag, this.#openBlob);
      const answer = await this.#engine.stream('POST', '/images/load', { query: { quiet: true }, body });
      for await (const line of createInterface({ input: answer })) {
        const { error } = JSON.parse(line) as { error?: string };
        if (error !== undefined) throw new Error(error);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SandboxError('IMAGE_INVALID', `the Docker Engine does not take ${imageId}: ${reason}`, {
        cause: error,
      });
    }
  }
}

/** Removes a tag, and the image that has no other. */
export async function removeImage(engine: Engine, tag: string): Promise<void> {
  await engine.ask('DELETE', `/images/${tag}`, { query: { force: true } }).catch((error: unknown) => {
    if (!(error instanceof EngineRefusal)) throw error;
  });
}
