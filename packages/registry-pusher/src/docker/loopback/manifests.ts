import { type Digest, digestOf, isDigest } from '../../image/digest.ts';
import { Refused } from './spool.ts';

export interface HeldManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly digest: Digest;
}

const mostManifests = 64;
const largest = 4 * 1024 * 1024;

/** The manifests that were sent, by their digests and tags. */
export class Manifests {
  readonly #held = new Map<string, HeldManifest>();

  get(name: string): HeldManifest | undefined {
    return this.#held.get(name);
  }

  async put(name: string, mediaType: string, body: AsyncIterable<Buffer>): Promise<Digest> {
    const bytes = await readAtMost(body, largest);
    const digest = digestOf(bytes);
    if (isDigest(name) && name !== digest) throw new Refused(400, 'DIGEST_INVALID', `the manifest is ${digest}`);
    if (this.#held.size >= mostManifests) throw new Refused(413, 'SIZE_INVALID', 'too many manifests');
    for (const each of [name, digest]) this.#held.set(each, { mediaType, bytes, digest });
    return digest;
  }
}

async function readAtMost(body: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new Refused(413, 'SIZE_INVALID', 'the manifest is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
