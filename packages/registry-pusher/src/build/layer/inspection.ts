import { type NativeCode, nativeCodeOf, headerSize } from '../native/native-code.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import type { StoredFile } from './entry.ts';
import type { Inspect } from './layer-tar.ts';
import { SecretScan, type SecretValue, secretFoundError } from '../../files/secrets.ts';

/** The part of a file with machine code to keep. Its linked libraries are usually named in it. */
const maxKept = 16 * 1024 * 1024;

/** Checks files of other images for machine code and secrets as they stream by. */
export class Inspection {
  readonly files: CheckedFile[] = [];
  readonly #secrets: readonly SecretValue[];

  constructor(secrets: readonly SecretValue[]) {
    this.#secrets = secrets;
  }

  /** @throws RegistryPusherError FILE_REFUSED for a file with a secret's value */
  readonly inspect: Inspect = async function* (this: Inspection, file: StoredFile, chunks: AsyncIterable<Buffer>) {
    const fail = (secret: SecretValue) => {
      throw secretFoundError(`${file.path}, copied from ${file.image.name},`, secret);
    };
    const head = new Head();
    for await (const chunk of this.watch(fail)(file, chunks)) {
      head.add(chunk);
      yield chunk;
    }
    const { native } = head;
    this.files.push({ path: file.path.slice(1), mode: file.mode, ...(native === undefined ? {} : { native }) });
  }.bind(this);

  /** Only searches for secrets. */
  watch(onSecret: (secret: SecretValue) => void): Inspect {
    const scan = new SecretScan(this.#secrets);
    return async function* (_, chunks) {
      scan.start();
      for await (const chunk of chunks) {
        const secret = scan.findSecret(chunk);
        if (secret !== undefined) onSecret(secret);
        yield chunk;
      }
    };
  }
}

/** The first part of a file with machine code, or only the first bytes of another one. */
class Head {
  #parts: Buffer[] = [];
  #size = 0;
  #isNative: boolean | undefined;

  add(chunk: Buffer): void {
    if (this.#isNative === false || this.#size >= maxKept) return;
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
