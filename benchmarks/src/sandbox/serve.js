/** Serves a sandbox from a directory, prints its addresses, and waits to be stopped. */
import { startSandbox } from '@tozo/sandbox';

const [dir] = process.argv.slice(2);
const { urls, apiKey } = await startSandbox({ dir, apps: ['shop'], requestsPerHour: 1e9 });
console.log(JSON.stringify({ urls, apiKey }));
