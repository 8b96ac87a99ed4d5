import { createDynoRunner } from '../dynos/process/runner.ts';
import { imageOf } from './images.ts';

/** Starts a dyno, prints its process ID, and waits to be killed. */
const image = await imageOf([], { Cmd: ['sleep', '1000'], Labels: { 'dev.tozo.stand-in': 'true' } });
const runner = createDynoRunner({
  dir: process.argv[2] as string,
  images: { findImage: async () => image.pushed },
  openBlob: (digest) => image.openBlob(digest),
});
const dyno = await runner.start({
  app: 'shop',
  name: 'web.1',
  image: { repository: 'shop/web', imageId: image.imageId },
  configVars: {},
  releaseVersion: 1,
  onOutput: () => undefined,
});
process.stdout.write(`${dyno.pid}\n`);
