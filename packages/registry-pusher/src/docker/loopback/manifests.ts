import { type Digest, digestOf, isDigest } from '../../image/digest.ts';
import { RefusedError } from './refused-error.ts';

export interface PushedManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

const maxManifests = 64;
const maxSize = 4 * 1024 * 1024;

/** The pushed manifests by digest and tag. */
export class Manifests {
  readonly #manifests = new Map<string, PushedManifest>();

  get(name: string): PushedManifest | undefined {
    return this.#manifests.get(name);
  }

  async put(name: string, mediaType: string, body: AsyncIterable<Buffer>): Promise<Digest> {
    const bytes = await readAtMost(body, maxSize);
    const digest = digestOf(bytes);
    if (isDigest(name) && name !== digest)
      throw new RefusedError(400, 'DIGEST_INVALID', `the manifest has digest ${digest}`);
    if (this.#manifests.size >= maxManifests) throw new RefusedError(413, 'SIZE_INVALID', 'too many manifests');
    for (const each of [name, digest]) this.#manifests.set(each, { mediaType, bytes, digest });
    return digest;
  }
}

async function readAtMost(body: AsyncIterable<Buffer>, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > max) throw new RefusedError(413, 'SIZE_INVALID', 'the manifest is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
