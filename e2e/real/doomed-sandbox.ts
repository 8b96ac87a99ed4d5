import { startSandbox } from '@tozo/sandbox';

/** A process that serves a sandbox from a directory, its dynos of the given kind, prints where, and waits to be killed. */
const [dir, dynos = 'process'] = process.argv.slice(2) as [string, ('process' | 'docker')?];
const sandbox = await startSandbox({ dir, dynos, apps: ['shop'] });
process.stdout.write(`${JSON.stringify({ urls: sandbox.urls, apiKey: sandbox.apiKey })}\n`);
