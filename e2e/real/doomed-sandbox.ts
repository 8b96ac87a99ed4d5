import { createInterface } from 'node:readline';
import { type Seed, startSandbox } from '@tozo/sandbox';

/**
 * Serves a sandbox from a directory, prints its addresses, key and time, and waits to be killed. A line that it reads moves its
 * time by a minute; it prints the new one.
 */
const [dir, dynos = 'process', seed] = process.argv.slice(2) as [string, ('process' | 'docker')?, string?];
const sandbox = await startSandbox({
  dir,
  dynos,
  apps: ['shop'],
  ...(seed !== undefined && { seed: JSON.parse(seed) as Seed }),
});
const { urls, apiKey, time, gitlabToken } = sandbox;
process.stdout.write(`${JSON.stringify({ urls, apiKey, gitlabToken, now: time.now() })}\n`);
for await (const _ of createInterface(process.stdin)) {
  process.stdout.write(`${(await time.advance({ minutes: 1 })).toISOString()}\n`);
}
