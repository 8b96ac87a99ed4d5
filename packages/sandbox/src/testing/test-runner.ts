import type { Dyno, DynoSpec } from '../dynos/dyno.ts';
import { createDynoRunner, type DynoRunnerOptions } from '../dynos/process/runner.ts';
import type { TestImage } from './images.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const standIn = { 'dev.tozo.stand-in': 'true' };

/** A runner over images that were pushed to `shop/web`. */
export async function testRunner(images: readonly TestImage[], options: Partial<DynoRunnerOptions> = {}) {
  const folder = await temporaryFolder();
  const runner = createDynoRunner({
    dir: folder.path,
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
    folder: folder.path,
    lines,
    start,
    /** Runs a dyno to its end and returns what it printed. */
    async output(image: TestImage, spec: Partial<DynoSpec> = {}): Promise<string[]> {
      lines.length = 0;
      await (
        await start(image, spec)
      ).exited;
      return [...lines];
    },
    async [Symbol.asyncDispose]() {
      await runner.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
