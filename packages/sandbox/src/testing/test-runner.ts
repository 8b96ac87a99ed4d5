import type { Dyno, DynoSpec } from '../dynos/dyno.ts';
import { createDynoRunner, type DynoRunnerOptions } from '../dynos/process/runner.ts';
import type { TestImage } from './images.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const standIn = { 'dev.tozo.stand-in': 'true' };

/** Creates a runner with images pushed to `shop/web`. */
export async function testRunner(images: readonly TestImage[], options: Partial<DynoRunnerOptions> = {}) {
  const directory = await temporaryDirectory();
  const runner = createDynoRunner({
    dir: directory.path,
    killAfterMs: 5000,
    images: {
      findImage: async (repository, imageId) =>
        repository === 'shop/web' ? images.find((image) => image.imageId === imageId)?.pushed : undefined,
    },
    openBlob: (digest) =>
      images.find(({ blobs }) => blobs.has(digest))?.openBlob(digest) ?? images[0]!.openBlob(digest),
    ...options,
  });
  const lines: string[] = [];
  const start = async (image: TestImage, spec: Partial<DynoSpec> = {}): Promise<Dyno> =>
    await runner.start({
      app: 'shop',
      name: 'web.1',
      image: { repository: 'shop/web', imageId: image.imageId },
      configVars: {},
      releaseVersion: 2,
      onOutput: (line) => lines.push(line),
      ...spec,
    });
  return {
    directory: directory.path,
    lines,
    start,
    /** Runs a dyno until it exits and returns its output. */
    async output(image: TestImage, spec: Partial<DynoSpec> = {}): Promise<string[]> {
      lines.length = 0;
      await (
        await start(image, spec)
      ).exited;
      return [...lines];
    },
    async [Symbol.asyncDispose]() {
      await runner.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
