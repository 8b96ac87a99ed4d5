import type { Image, PushResult, RegistryClient } from '@tozo/registry-pusher';
import type { Deployment } from '../deployment.ts';
import type { Emit } from '../events.ts';
import { formatBytes } from '../format.ts';
import type { PlannedImage } from '../plan.ts';
import { deployedTag, herokuRegistry } from '../services.ts';

interface Pushed {
  readonly sentBytes: number;
  readonly reusedBytes: number;
}

export async function pushStep({ run, services, plan, described }: Deployment): Promise<void> {
  const missing = plan.images.filter((image) => !image.pushed);
  if (missing.length === 0) return;
  const pushed = await run.step(
    'push',
    () => pushImages(services.registry, missing, described.images!, run.emit, run.options),
    ({ sentBytes, reusedBytes }) => `${formatBytes(sentBytes)} sent, ${formatBytes(reusedBytes)} reused`,
  );
  run.pushed(pushed);
}

/**
 * Pushes one image per process type. They share their layers, so that the first push carries the bytes and the others a
 * config and mounts.
 */
async function pushImages(
  registry: RegistryClient,
  planned: readonly PlannedImage[],
  images: Readonly<Record<string, Image>>,
  emit: Emit,
  options: { signal?: AbortSignal },
): Promise<Pushed> {
  let total: Pushed = { sentBytes: 0, reusedBytes: 0 };
  let first: PushResult | undefined;
  for (const { repository, type } of planned) {
    const image = images[type]!;
    const sentBefore = total.sentBytes;
    const result: PushResult = await registry.push(
      first ? { ...image, layers: first.layers } : image,
      { registry: herokuRegistry, repository, tag: deployedTag },
      {
        ...options,
        onProgress: ({ sentBytes, totalBytes }) =>
          emit({ type: 'push-progress', sentBytes: sentBefore + sentBytes, totalBytes: sentBefore + totalBytes }),
      },
    );
    first ??= result;
    total = {
      sentBytes: total.sentBytes + result.sentBytes,
      reusedBytes: total.reusedBytes + result.reusedBytes,
    };
  }
  return total;
}
