import { RegistryPusherError } from '../../image/errors.ts';
import type { Digest } from '../../image/digest.ts';
import { withDefaultTag } from '../../image/reference.ts';
import type { RegistryClient } from '../../registry/client/client.ts';
import { type Pins, pinName } from './lock-file.ts';

type Reader = Pick<RegistryClient, 'getDigest' | 'getImage' | 'readBlob'>;

/** Reads images by their pinned digests, and notes what it was asked for. */
export interface LockedReader extends Reader {
  /** The pins of the images that were read. */
  readonly pins: Pins;
  /** Tags that stand for other images by now. */
  readonly warnings: readonly string[];
}

/**
 * A reader of images whose tags are pinned: it gives the image that the lock names, and warns when the tag has moved on.
 * What is not pinned is read by its tag.
 * @param lockPath names the lock in messages
 */
export function readLocked(reader: Reader, pins: Pins, lockPath: string): LockedReader {
  const read = new Map<string, Digest>();
  const warnings: string[] = [];
  return {
    ...blobsOf(reader),
    pins: read,
    warnings,
    async getImage(reference, options) {
      const wanted = withDefaultTag(reference);
      const name = pinName(wanted);
      const digest = name === undefined ? undefined : pins.get(name);
      if (name === undefined || digest === undefined) return reader.getImage(reference, options);
      read.set(name, digest);
      const [image, now] = await Promise.all([
        reader.getImage({ ...wanted, digest }, options),
        reader.getDigest(wanted, options).catch(() => undefined),
      ]);
      if (image === undefined)
        throw new RegistryPusherError(
          'BASE_NOT_FOUND',
          `${lockPath} pins ${name} to ${digest}, which the registry does not hold. Pin again to take what the tag stands for now.`,
        );
      if (now !== undefined && now !== digest)
        warnings.push(
          `${name} is ${now} by now; ${lockPath} pins ${digest}, which is used. Pin again to take the newer one.`,
        );
      return image;
    },
  };
}

/** A reader that pins each image that it is asked for to what its tag stands for now. */
export function readPinning(reader: Reader): LockedReader {
  const read = new Map<string, Digest>();
  return {
    ...blobsOf(reader),
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

function blobsOf(reader: Reader): Pick<Reader, 'getDigest' | 'readBlob'> {
  return {
    getDigest: (reference, options) => reader.getDigest(reference, options),
    readBlob: (from, descriptor, options) => reader.readBlob(from, descriptor, options),
  };
}
