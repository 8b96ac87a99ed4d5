import { readLayerEntries } from '../base/layer-tree.ts';
import type { StoredFile } from './entry.ts';

/**
 * Reads files out of the layers that hold them, as they stream by. Asked in the order of the layers it reads each layer once;
 * a file behind opens its layer again. A layer is read to its end, for only there it is known that its bytes are right.
 */
export class StoredContent implements AsyncDisposable {
  #layer: { readonly of: string; readonly entries: ReturnType<typeof readLayerEntries>; at: number } | undefined;

  /** @throws RegistryPusherError DIGEST_MISMATCH and what else the registry client throws */
  async *chunks(file: StoredFile): AsyncGenerator<Buffer> {
    const layer = await this.#at(file);
    for (;;) {
      const { value, done } = await layer.entries.next();
      if (done) throw new Error(`layer ${file.position.layer} of ${file.image.name} ends before ${file.path}`);
      layer.at = value.position.entry;
      if (layer.at === file.position.entry) {
        yield* value.entry as AsyncIterable<Buffer>;
        return;
      }
      value.entry.resume();
    }
  }

  /** Reads what is left of the layer that is open. */
  async finish(): Promise<void> {
    const layer = this.#layer;
    this.#layer = undefined;
    if (layer !== undefined) for await (const { entry } of layer.entries) entry.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#layer?.entries.return(undefined);
  }

  async #at({ image, position }: StoredFile) {
    const of = `${image.id} ${position.layer}`;
    if (this.#layer?.of === of && this.#layer.at < position.entry) return this.#layer;
    await this.finish();
    const entries = readLayerEntries(await image.openLayer(position.layer), position.layer);
    return (this.#layer = { of, entries, at: -1 });
  }
}
