import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bareMemory } from '../push/node-ways.ts';
import { referenceOf } from '../push/place.ts';
import { hugeFile } from '../push/project.ts';
import { assertMeasured, placeAt, type Stage } from './stage.ts';
import { pushOurs } from './ways.ts';

const goal = 160;

/** Measures the peak memory of a RUN on a base with one more gigabyte. */
export async function measureRunMemory({ directory, base, hub, registry }: Stage) {
  const runner = join(directory, 'runner');
  const huge = await hugeFile(join(directory, 'huge'), 2 ** 30);
  await writeFile(join(huge, 'Dockerfile'), `FROM ${base}\nCOPY huge /\n`);
  const large = placeAt(hub, 'large');
  await pushOurs(huge, large, runner);
  const context = join(directory, 'on-large');
  await mkdir(context);
  await writeFile(join(context, 'Dockerfile'), `FROM ${referenceOf(large)}\nRUN echo x > /x\n`);
  const bare = await bareMemory(runner);
  const { runs, peakMemory, seconds } = await pushOurs(context, placeAt(registry, 'on-large'), runner);
  assertMeasured(runs.join() === 'executed', 'RUN was not executed');
  const over = (peakMemory - bare) / 2 ** 20;
  const met = over <= goal;
  return {
    text: `Peak resident memory of a RUN on a base with a file of 1 GiB: ${over.toFixed(0)} MiB over bare Node.js (${seconds.toFixed(0)} s); ${met ? 'met' : 'missed'}: ≤ ${goal} MiB.`,
    missed: met ? [] : [`memory: ${over.toFixed(0)} MiB over bare Node.js, the goal is ${goal} MiB`],
  };
}
