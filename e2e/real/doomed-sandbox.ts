import { startSandbox } from '@tozo/sandbox';

/** Serves a sandbox from a directory, prints its addresses and key, and waits to be killed. */
const [dir, dynos = 'process'] = process.argv.slice(2) as [string, ('process' | 'docker')?];
const sandbox = await startSandbox({ dir, dynos, apps: ['shop'] });
process.stdout.write(`${JSON.stringify({ urls: sandbox.urls, apiKey: sandbox.apiKey })}\n`);
