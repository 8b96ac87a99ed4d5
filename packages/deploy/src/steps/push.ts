import { formatBytes } from '../report/format.ts';
import type { Deployment } from './deployment.ts';

/** Publishes the images that the registry doesn't have yet. */
export async function pushStep({ run, services, plan, images }: Deployment): Promise<void> {
  const missing = plan.images.flatMap(({ type, repository, pushed }) => {
    const image = images[type];
    return image && !pushed ? [{ repository, image }] : [];
  });
  const pushed = await run.step(
    'push',
    () =>
      services.images.publisher.publish(missing, {
        ...run.options,
        onProgress: ({ sentBytes, totalBytes }) => run.emit({ type: 'push-progress', sentBytes, totalBytes }),
        onWarning: (text) => run.warn(text),
      }),
    ({ sentBytes, reusedBytes }) => `${formatBytes(sentBytes)} sent, ${formatBytes(reusedBytes)} reused`,
  );
  run.note({ pushed });
}
