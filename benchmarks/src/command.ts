import { parseArgs } from 'node:util';
import { measureUnchanged } from './command/unchanged.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { findingsTable, missedFindings } from './sandbox/finding.ts';

/** Measures the command: a deploy that has nothing to do. Prints Markdown. The exit code is 1 if a goal is missed. */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is "${values.rounds}", not a positive whole number`);
const load = describeLoad();
const findings = await measureUnchanged(rounds);
console.log(`${describeMachine()}, ${load}; ${rounds} rounds.\n\n${findingsTable(findings)}`);
const missed = missedFindings(findings);
for (const sentence of missed) console.error(`MISSED ${sentence}`);
if (missed.length > 0) process.exitCode = 1;
