import { readLayerEntries } from '../base/layer-changes.ts';
import type { StoredFile } from './entry.ts';

/**
 * Reads files from layers of other images. Reads each layer once if the files come in the order of the layer; an earlier file
 * opens its layer again. Reads every layer to its end, where its digest is verified.
 */
export class StoredContent implements AsyncDisposable {
  #layer: { readonly of: string; readonly entries: ReturnType<typeof readLayerEntries>; at: number } | undefined;

  /** @throws RegistryPusherError DIGEST_MISMATCH and the errors of the registry client */
  async *read(file: StoredFile): AsyncGenerator<Buffer> {
    const layer = await this.#openAt(file);
    for (;;) {
      const { value, done } = await layer.entries.next();
      if (done) throw new Error(`layer ${file.position.layer} of ${file.image.name} ends before ${file.path}`);
      layer.at = value.position.entry;
      if (layer.at === file.position.entry) {
        yield* value.entry;
        return;
      }
    }
  }

  /** Reads the rest of the open layer. */
  async finish(): Promise<void> {
    const layer = this.#layer;
    this.#layer = undefined;
    if (layer !== undefined) for await (const _ of layer.entries) continue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#layer?.entries.return(undefined);
  }

  async #openAt({ image, position }: StoredFile) {
    const of = `${image.id} ${position.layer}`;
    if (this.#layer?.of === of && this.#layer.at < position.entry) return this.#layer;
    await this.finish();
    const entries = readLayerEntries(await image.openLayer(position.layer), position.layer);
    return (this.#layer = { of, entries, at: -1 });
  }
}
