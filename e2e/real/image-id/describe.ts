/* Prints the image ID of the project in a directory, built as a user. Runs in its own process with any version of Node.js. */
import { join } from 'node:path';
import { createRegistryClient, buildDirect } from '@tozo/registry-pusher';

const [context = '', user] = process.argv.slice(2);
// After the imports, because another user may not be allowed to read this program.
if (user !== undefined) {
  process.setgid!(Number(user));
  process.setuid!(Number(user));
}
const registry = createRegistryClient();
const request = { context, dockerfile: join(context, 'Dockerfile'), revision: '0123456789abcdef' };
const { image, layers } = await buildDirect(request, { registry });
await registry.close();
const diffIds = layers.map(({ diffId }) => diffId);
process.stdout.write(JSON.stringify({ node: process.version, imageId: image.imageId, layers: diffIds }));
