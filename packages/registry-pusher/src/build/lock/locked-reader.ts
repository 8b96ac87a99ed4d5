import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import { withDefaultTag } from '../../image/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import { type Pins, pinName } from './lock-file.ts';
import { warnIfMoved } from './moved-tag.ts';

type Reader = Pick<RegistryClient, 'getDigest' | 'getImage' | 'readBlob'>;

/** Reads images by their pinned digests, and records them. */
export interface LockedReader extends Reader {
  /** The pins of the images read so far. */
  readonly pins: Pins;
  /** Tags that have moved. */
  readonly warnings: readonly string[];
}

/**
 * Creates a reader that reads pinned images by digest and warns when their tag has moved. It reads other images by tag.
 * @param lockPath for messages
 */
export function createLockedReader(reader: Reader, pins: Pins, lockPath: string): LockedReader {
  const read = new Map<string, Digest>();
  const warnings: string[] = [];
  return {
    ...forwardReads(reader),
    pins: read,
    warnings,
    async getImage(reference, options) {
      const wanted = withDefaultTag(reference);
      const name = pinName(wanted);
      const digest = name === undefined ? undefined : pins.get(name);
      if (name === undefined || digest === undefined) return reader.getImage(reference, options);
      read.set(name, digest);
      const [image, moved] = await Promise.all([
        reader.getImage({ ...wanted, digest }, options),
        warnIfMoved({ reference: wanted, digest }, lockPath, reader, options),
      ]);
      if (image === undefined)
        throw new RegistryPusherError(
          'BASE_NOT_FOUND',
          `${lockPath} pins ${name} to ${digest}, which the registry doesn't have. Pin again to use the tag's current image (--pin).`,
        );
      warnings.push(...moved);
      return image;
    },
  };
}

/** Creates a reader that pins each image to its tag's current digest. */
export function createPinningReader(reader: Reader): LockedReader {
  const read = new Map<string, Digest>();
  return {
    ...forwardReads(reader),
    pins: read,
    warnings: [],
    async getImage(reference, options) {
      const wanted = withDefaultTag(reference);
      const name = pinName(wanted);
      const digest = name === undefined ? undefined : (read.get(name) ?? (await reader.getDigest(wanted, options)));
      if (name === undefined || digest === undefined) return reader.getImage(reference, options);
      read.set(name, digest);
      return reader.getImage({ ...wanted, digest }, options);
    },
  };
}

function forwardReads(reader: Reader): Pick<Reader, 'getDigest' | 'readBlob'> {
  return {
    getDigest: (reference, options) => reader.getDigest(reference, options),
    readBlob: (from, descriptor, options) => reader.readBlob(from, descriptor, options),
  };
}
