import { createDynoRunner } from '../dynos/process/runner.ts';
import { imageOf } from './images.ts';

/** Starts a dyno with a process in a session of its own, prints the process IDs of both, and waits to be killed. */
const daemon = `const { pid } = require('node:child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
console.log(pid); setInterval(() => {}, 1000);`;
const image = await imageOf([[{ name: 'main.js', content: daemon, mode: 0o644 }]], {
  Cmd: ['node', '/main.js'],
  Labels: { 'dev.tozo.stand-in': 'true' },
});
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
  onOutput: (line) => process.stdout.write(`${dyno.pid} ${line}\n`),
});
