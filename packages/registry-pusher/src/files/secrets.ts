import { RegistryPusherError } from '../image/errors.ts';

/** A value that no image may contain. With a name, an error says whose value it is. */
export type SecretValue = string | NamedSecret;

export interface NamedSecret {
  /** Such as `HEROKU_API_KEY`. */
  readonly name: string;
  readonly value: string;
  /** What to do if a file contains the value, in sentences. */
  readonly remedy?: string;
}

/** A secret in a layer: in an entry's content, name, link target or attributes. */
export interface FoundSecret {
  /** The path of the entry in the image. */
  readonly path: string;
  readonly secret: SecretValue;
}

/** Shorter values would match everywhere. */
export const minSecretLength = 8;

/** Finds secret values in the chunks of a file, even across chunks. */
export class SecretScan {
  readonly #secrets: readonly { readonly bytes: Buffer; readonly secret: SecretValue }[];
  readonly #overlap: number;
  #tail: Buffer = Buffer.alloc(0);

  /** Ignores values under 8 characters. */
  constructor(secrets: readonly SecretValue[]) {
    this.#secrets = secrets
      .filter((secret) => valueOf(secret).length >= minSecretLength)
      .map((secret) => ({ bytes: Buffer.from(valueOf(secret)), secret }));
    this.#overlap = Math.max(0, ...this.#secrets.map(({ bytes }) => bytes.length - 1));
  }

  /** Starts a new file. */
  start(): void {
    this.#tail = Buffer.alloc(0);
  }

  /** Returns a secret that ends in this chunk. */
  findSecret(chunk: Buffer): SecretValue | undefined {
    if (this.#secrets.length === 0) return undefined;
    const border = this.#tail.length === 0 ? this.#tail : Buffer.concat([this.#tail, chunk.subarray(0, this.#overlap)]);
    this.#tail =
      chunk.length < this.#overlap
        ? Buffer.concat([this.#tail, chunk]).subarray(-this.#overlap)
        : Buffer.from(chunk.subarray(-this.#overlap));
    return this.#secrets.find(({ bytes }) => border.includes(bytes) || chunk.includes(bytes))?.secret;
  }
}

export function valueOf(secret: SecretValue): string {
  return typeof secret === 'string' ? secret : secret.value;
}

/** Returns how an error names a secret. */
export function secretName(secret: SecretValue | undefined): string {
  return typeof secret === 'object' ? secret.name : 'a known secret';
}

/** @throws RegistryPusherError FILE_REFUSED for a text with a secret; the message doesn't contain the value */
export function assertNoSecret(text: string, secrets: readonly SecretValue[], what: string): void {
  const found = new SecretScan(secrets).findSecret(Buffer.from(text));
  if (found !== undefined) throw secretFoundError(what, found);
}

/** @param secret its name and remedy are in the message, its value isn't */
export function secretFoundError(what: string, secret?: SecretValue): RegistryPusherError {
  const { remedy = 'Pass it to the running app as a config var instead.' }: Partial<NamedSecret> =
    typeof secret === 'object' ? secret : {};
  return new RegistryPusherError(
    'FILE_REFUSED',
    `${what} contains the value of ${secretName(secret)}. Anyone who can pull the image could read it. ${remedy}`,
  );
}
