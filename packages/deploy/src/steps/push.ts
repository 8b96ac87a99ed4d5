import type { Image } from '../ports.ts';
import { formatBytes } from '../report/format.ts';
import type { Deployment } from './deployment.ts';

/** Publishes the images that the registry doesn't have yet. */
export async function pushStep(
  { run, services, plan }: Deployment,
  images: Readonly<Record<string, Image>>,
): Promise<void> {
  const missing = plan.images.flatMap(({ type, repository, pushed }) => {
    const image = images[type];
    return image && !pushed ? [{ repository, image }] : [];
  });
  if (missing.length === 0) return;
  const pushed = await run.step(
    'push',
    () =>
      services.images.publisher.publish(missing, {
        ...run.options,
        onProgress: ({ sentBytes, totalBytes }) => run.emit({ type: 'push-progress', sentBytes, totalBytes }),
      }),
    ({ sentBytes, reusedBytes }) => `${formatBytes(sentBytes)} sent, ${formatBytes(reusedBytes)} reused`,
  );
  run.recordPush(pushed);
}
