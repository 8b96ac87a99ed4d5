import type { LimitFunction } from 'p-limit';
import type { Blob } from '../../image/blob.ts';
import type { Digest } from '../../image/digest.ts';
import type { BlobOutcome, PushedBlob } from '../client/client.ts';
import type { LayerContext } from './layer-blob.ts';
import type { UploadTarget } from './upload-request.ts';
import type { ProgressCounter } from './progress.ts';
import { hasBlob, mountBlob, uploadBlob } from './upload.ts';

/** One push of an image. */
export interface Push extends LayerContext, UploadTarget {
  readonly checks: LimitFunction;
  readonly uploads: LimitFunction;
  readonly progress: ProgressCounter;
  /** Blobs that the target's own manifest named a moment ago, until the registry reports that one is missing. */
  readonly held: Set<Digest>;
}

/** Makes sure that the target's repository has a blob: mounts it or sends it if it isn't there. */
export async function placeBlob(push: Push, blob: Blob, mountFrom: string | undefined): Promise<PushedBlob> {
  const { digest, size } = blob.descriptor;
  const isHeld = push.held.has(digest) || (await push.checks(() => hasBlob(push, blob.descriptor))) === true;
  const outcome = isHeld ? 'present' : await push.uploads(() => mountOrUpload(push, blob, mountFrom));
  return { digest, size, outcome };
}

async function mountOrUpload(push: Push, blob: Blob, mountFrom: string | undefined): Promise<BlobOutcome> {
  if (push.signal.aborted) throw push.signal.reason;
  const opened = mountFrom === undefined ? undefined : await mountBlob(push, blob.descriptor, mountFrom);
  if (opened === 'mounted') return 'mounted';
  await uploadBlob(push, push.progress.count(blob), opened);
  return 'sent';
}
