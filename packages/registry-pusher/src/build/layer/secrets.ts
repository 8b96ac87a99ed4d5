import { RegistryPusherError } from '../../image/errors.ts';

const minLength = 8;

/** Finds secret values in the chunks of a file, even across chunks. */
export class SecretScan {
  readonly #secrets: readonly Buffer[];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);

  /** Ignores values under 8 characters, which would match everywhere. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.filter((secret) => secret.length >= minLength).map((secret) => Buffer.from(secret));
    this.#overlap = Math.max(0, ...this.#secrets.map((secret) => secret.length - 1));
  }

  /** Starts a new file. */
  start(): void {
    this.#tail = Buffer.alloc(0);
  }

  /** Returns whether a secret ends in this chunk. */
  hasSecret(chunk: Buffer): boolean {
    if (this.#secrets.length === 0) return false;
    const border = this.#tail.length === 0 ? this.#tail : Buffer.concat([this.#tail, chunk.subarray(0, this.#overlap)]);
    this.#tail =
      chunk.length < this.#overlap
        ? Buffer.concat([this.#tail, chunk]).subarray(-this.#overlap)
        : Buffer.from(chunk.subarray(-this.#overlap));
    return this.#secrets.some((secret) => border.includes(secret) || chunk.includes(secret));
  }
}

/** @throws RegistryPusherError FILE_REFUSED for a text with a secret; the message doesn't contain the value */
export function assertNoSecret(text: string, secrets: readonly string[], what: string): void {
  const scan = new SecretScan(secrets);
  if (scan.hasSecret(Buffer.from(text))) throw secretFoundError(what);
}

export function secretFoundError(what: string): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_REFUSED',
    `${what} contains the value of a known secret. Anyone who can pull the image could read it. Pass it to the running app as a config var instead.`,
  );
}
