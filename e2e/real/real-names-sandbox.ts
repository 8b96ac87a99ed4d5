import { createInterface } from 'node:readline';
import { startSandbox } from '@tozo/sandbox';

/** Serves a sandbox under the real names. Prints how to reach it, and the journal for each line of input. Ends with its input. */
await using sandbox = await startSandbox({
  dir: process.argv[2] as string,
  apps: ['shop'],
  hubTokens: true,
  tls: { port: 443 },
});
const { apiKey, gitlabToken, gitlabJobToken, tls } = sandbox;
process.stdout.write(
  `${JSON.stringify({ apiKey, gitlabToken, gitlabJobToken, caFile: tls.caFile, appUrl: sandbox.appUrl('shop') })}\n`,
);
for await (const _ of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(sandbox.journal.entries())}\n`);
}
