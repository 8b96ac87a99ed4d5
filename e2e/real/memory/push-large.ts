/* Pushes the project in a directory to a registry, and prints the peak memory in KiB. Runs in its own process. */
import { join } from 'node:path';
import { createRegistryClient, buildDirect, parseImageReference } from '@tozo/registry-pusher';

const [context = '', target = ''] = process.argv.slice(2);
const registry = createRegistryClient();
const reference = parseImageReference(target);
const previous = await registry.getImage(reference);
const request = { context, dockerfile: join(context, 'Dockerfile') };
const { image } = await buildDirect(request, { registry, previous });
await registry.push(image, reference);
await registry.close();
process.stdout.write(String(process.resourceUsage().maxRSS));
