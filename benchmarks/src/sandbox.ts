import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeLoad, describeMachine } from './machine.ts';
import { measureBlob } from './sandbox/blob.ts';
import { type Finding, findingsTable, missedFindings } from './sandbox/finding.ts';
import { measureRelease } from './sandbox/release.ts';
import { measureRequests } from './sandbox/requests.ts';
import { measureStart } from './sandbox/start.ts';

const parts: Readonly<Record<string, (directory: string, size: Size) => Promise<Finding[]>>> = {
  start: (_, { rounds }) => measureStart(2 * rounds),
  release: (directory, { rounds }) => measureRelease(directory, rounds),
  requests: (directory) => measureRequests(directory),
  blob: (directory, { rounds, gibibytes }) => measureBlob(directory, gibibytes, rounds),
};

interface Size {
  readonly rounds: number;
  readonly gibibytes: number;
}

/**
 * Measures the sandbox: its start, a release, requests per second on one processor, and a huge blob in turns with
 * distribution's registry. Prints Markdown. The exit code is 1 if a goal is missed.
 */
async function benchmark(names: readonly string[], size: Size): Promise<void> {
  const load = describeLoad();
  const directory = await mkdtemp(join(tmpdir(), 'bench-sandbox-'));
  const findings: Finding[] = [];
  try {
    for (const name of names) findings.push(...(await parts[name]!(directory, size)));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  console.log(`${describeMachine()}, ${load}; ${size.rounds} rounds.\n\n${findingsTable(findings)}`);
  const missed = missedFindings(findings);
  for (const sentence of missed) console.error(`MISSED ${sentence}`);
  if (missed.length > 0) process.exitCode = 1;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    gib: { type: 'string', default: '5' },
    only: { type: 'string', default: Object.keys(parts).join() },
  },
});
const [rounds, gibibytes] = [Number(values.rounds), Number(values.gib)];
const names = values.only.split(',');
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is "${values.rounds}", not a positive whole number`);
if (!(gibibytes > 0)) throw new Error(`--gib is "${values.gib}", not a positive number`);
for (const name of names)
  if (!(name in parts)) throw new Error(`--only is "${name}", not one of ${Object.keys(parts).join()}`);
await benchmark(names, { rounds, gibibytes });
