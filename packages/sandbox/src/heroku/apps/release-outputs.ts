import type { Release } from '../state/model.ts';

/** A piece of output and its place in the whole, in bytes. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly bytes: Buffer;
}

interface Output {
  parts: Part[];
  length: number;
  readonly followers: Set<() => void>;
}

/** Of longer output, the start is dropped. */
const maxBytes = 64 * 1024 * 1024;
const maxStored = 64 * 1024;

/** The output of an app's release phases, byte by byte. */
export class ReleaseOutputs {
  readonly #outputs = new Map<string, Output>();

  append(release: Release, bytes: Buffer): void {
    const output = this.#of(release);
    output.parts.push({ start: output.length, end: output.length + bytes.length, bytes });
    output.length += bytes.length;
    const dropped = output.parts.findIndex(({ end }) => end > output.length - maxBytes);
    if (dropped > 0) output.parts.splice(0, dropped);
    this.notify(release);
  }

  /** Returns the length of the output so far, in bytes. */
  lengthOf(release: Release): number {
    return this.#of(release).length;
  }

  /** Returns the next part of the output from an offset on; undefined at the end. */
  read(release: Release, offset: number): Pick<Part, 'bytes' | 'end'> | undefined {
    const { parts } = this.#of(release);
    let [low, high] = [0, parts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (parts[middle]!.end > offset) high = middle;
      else low = middle + 1;
    }
    const part = parts[low];
    return part && { bytes: part.bytes.subarray(Math.max(0, offset - part.start)), end: part.end };
  }

  /** Returns the last 64 KiB. */
  lastPart(release: Release): string {
    const { parts, length } = this.#of(release);
    const last = parts.filter(({ end }) => end > length - maxStored).map(({ bytes }) => bytes);
    return Buffer.concat(last).subarray(-maxStored).toString('utf8');
  }

  /** Calls `onChange` after each piece of output and at its end. Returns a function that ends this. */
  follow(release: Release, onChange: () => void): () => void {
    const { followers } = this.#of(release);
    followers.add(onChange);
    return () => followers.delete(onChange);
  }

  notify(release: Release): void {
    for (const follower of this.#of(release).followers) follower();
  }

  #of({ id, output: stored }: Release): Output {
    let output = this.#outputs.get(id);
    if (!output) {
      const bytes = Buffer.from(stored);
      const parts = bytes.length > 0 ? [{ start: 0, end: bytes.length, bytes }] : [];
      this.#outputs.set(id, (output = { parts, length: bytes.length, followers: new Set() }));
    }
    return output;
  }
}
