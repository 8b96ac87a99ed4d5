import { parseArgs } from 'node:util';
import { measureGraph } from './command/graph.ts';
import { measureHelp } from './command/help.ts';
import { measureImports } from './command/imports.ts';
import { measureMany } from './command/many.ts';
import { measureSynth } from './command/synth.ts';
import { measureUnchanged } from './command/unchanged.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { findingsTable, missedFindings } from './sandbox/finding.ts';

const parts = {
  help: measureHelp,
  unchanged: measureUnchanged,
  imports: measureImports,
  many: measureMany,
  graph: measureGraph,
  synth: measureSynth,
};

/**
 * Measures what gets published: the commands' start, a deploy that has nothing to do, imports, 20 apps at once, and the
 * plugin. Prints Markdown. The exit code is 1 if a goal is missed.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, only: { type: 'string', default: Object.keys(parts).join() } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is "${values.rounds}", not a positive whole number`);
const names = values.only.split(',');
for (const name of names)
  if (!(name in parts)) throw new Error(`--only is "${name}", not one of ${Object.keys(parts).join()}`);
const load = describeLoad();
const findings = [];
for (const name of names)
  try {
    findings.push(...(await parts[name as keyof typeof parts](rounds)));
  } catch (error) {
    console.error(`FAILED ${name}:`, error);
    process.exitCode = 1;
  }
console.log(`${describeMachine()}, ${load}; ${rounds} rounds.\n\n${findingsTable(findings)}`);
const missed = missedFindings(findings);
for (const sentence of missed) console.error(`MISSED ${sentence}`);
if (missed.length > 0) process.exitCode = 1;
