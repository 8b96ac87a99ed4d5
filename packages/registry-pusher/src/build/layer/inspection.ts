import { type NativeCode, nativeCodeOf, headerSize } from '../native/native-code.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import type { StoredFile } from './entry.ts';
import { SecretScan, secretFound } from './secrets.ts';

/** The most that is kept of a file that holds machine code: what it is linked to stands in its first part, mostly. */
const mostKept = 16 * 1024 * 1024;

/** Looks at files of other images as they go by: at machine code, and for secrets. */
export class Inspection {
  readonly files: CheckedFile[] = [];
  readonly #secrets: readonly string[];

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** @throws RegistryPusherError FILE_REFUSED when a secret's value stands in one */
  readonly inspect = async function* (
    this: Inspection,
    file: StoredFile,
    chunks: AsyncIterable<Buffer>,
  ): AsyncGenerator<Buffer> {
    const scan = new SecretScan(this.#secrets);
    const head = new Head();
    scan.start();
    for await (const chunk of chunks) {
      if (scan.finds(chunk)) throw secretFound(`${file.path}, copied from ${file.image.name},`);
      head.add(chunk);
      yield chunk;
    }
    const { native } = head;
    this.files.push({ path: file.path.slice(1), mode: file.mode, ...(native === undefined ? {} : { native }) });
  }.bind(this);
}

/** The first part of a file; of one without machine code its first bytes alone. */
class Head {
  #parts: Buffer[] = [];
  #size = 0;
  #isNative: boolean | undefined;

  add(chunk: Buffer): void {
    if (this.#isNative === false || this.#size >= mostKept) return;
    this.#parts.push(Buffer.from(chunk));
    this.#size += chunk.length;
    if (this.#isNative === undefined && this.#size >= headerSize) {
      this.#isNative = nativeCodeOf(Buffer.concat(this.#parts).subarray(0, headerSize)) !== undefined;
      if (!this.#isNative) this.#parts = [];
    }
  }

  get native(): NativeCode | undefined {
    const kept = Buffer.concat(this.#parts);
    return nativeCodeOf(kept.subarray(0, headerSize), (offset, length) =>
      offset < kept.length ? kept.subarray(offset, offset + length) : undefined,
    );
  }
}
