import { startSandbox } from '@tozo/sandbox';

/** A process that serves a sandbox from a folder, prints where, and waits to be killed. */
const sandbox = await startSandbox({ dir: process.argv[2] as string, apps: ['shop'] });
process.stdout.write(`${JSON.stringify({ urls: sandbox.urls, apiKey: sandbox.apiKey })}\n`);
