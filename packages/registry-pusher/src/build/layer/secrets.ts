import { RegistryPusherError } from '../../image/errors.ts';

const shortest = 8;

/** Finds known secret values in the chunks of a file, across their borders too. */
export class SecretScan {
  readonly #secrets: readonly Buffer[];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);

  /** Values under 8 characters are not looked for: they would be found everywhere. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets.filter((secret) => secret.length >= shortest).map((secret) => Buffer.from(secret));
    this.#overlap = Math.max(0, ...this.#secrets.map((secret) => secret.length - 1));
  }

  /** Starts a new file. */
  start(): void {
    this.#tail = Buffer.alloc(0);
  }

  /** Whether a secret ends in this chunk. */
  finds(chunk: Buffer): boolean {
    if (this.#secrets.length === 0) return false;
    const border = this.#tail.length === 0 ? this.#tail : Buffer.concat([this.#tail, chunk.subarray(0, this.#overlap)]);
    this.#tail =
      chunk.length < this.#overlap
        ? Buffer.concat([this.#tail, chunk]).subarray(-this.#overlap)
        : Buffer.from(chunk.subarray(-this.#overlap));
    return this.#secrets.some((secret) => border.includes(secret) || chunk.includes(secret));
  }
}

/** @throws RegistryPusherError FILE_REFUSED when the text holds a secret; the value is not told */
export function refuseSecretIn(text: string, secrets: readonly string[], what: string): void {
  const scan = new SecretScan(secrets);
  if (scan.finds(Buffer.from(text))) throw secretFound(what);
}

export function secretFound(what: string): RegistryPusherError {
  return new RegistryPusherError(
    'FILE_REFUSED',
    `${what} holds the value of a known secret: whoever can pull the image could read it. Give it to the app when it runs, as a config var.`,
  );
}
