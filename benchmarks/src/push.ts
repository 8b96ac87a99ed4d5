import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appSize, writeApp } from './fixture/app.ts';
import { buildBaseImage } from './fixture/base-image.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { measureCachedEngine } from './push/cached-engine.ts';
import { measureMemory } from './push/memory.ts';
import { installContainerify } from './push/node-ways.ts';
import { caseTable, missed } from './push/report.ts';
import { measureScaling } from './push/scaling.ts';
import { measureRoundTrip, prepare, type Stage } from './push/rounds.ts';
import { startBaseRegistry } from './servers/base-registry.ts';

/**
 * Compares ways from files to an image in a registry, in turns, on empty runners: `registry-pusher push`, containerify, and
 * `docker build` and `docker push` with both of Docker's builders. Prints Markdown. The exit code is 1 if a goal is missed.
 */
async function benchmark({ rounds, dockerRounds, roundTrips, gibibytes }: Options): Promise<void> {
  const load = describeLoad();
  await using work = await temporaryDirectory();
  const app = join(work.directory, 'app');
  await using hub = await startBaseRegistry(join(work.directory, 'hub'));
  const base = { host: hub.host, repository: 'base/node', tag: '20' };
  const image = await buildBaseImage(join(work.directory, 'base'), `${hub.host}/base/node:20`);
  await writeApp(app, image.reference);
  const containerify = await installContainerify(join(work.directory, 'containerify'), '4');
  await using registry = await startBaseRegistry(join(work.directory, 'registry'));

  const stage: Stage = { directory: work.directory, app, base, registry, containerify, rounds, dockerRounds };
  await prepare(stage);
  const cases = [];
  for (const roundTrip of roundTrips) cases.push(...(await measureRoundTrip(stage, roundTrip)));
  cases.push(await measureCachedEngine(stage));
  const scaling = await measureScaling(stage);
  const memory = gibibytes === 0 ? undefined : await measureMemory(stage, gibibytes);

  const dockers = `Docker's ${dockerRounds}`;
  console.log(
    [
      `An app of ${appSize.files} files (${appSize.text}) on a base of ${(image.bytes / 1e6).toFixed(0)} MB; ${rounds} rounds, ${dockers}; containerify ${containerify.version}.`,
      `${describeMachine()}, ${load}; Docker Engine ${image.engine}`,
      caseTable(cases),
      [scaling.text, ...(memory === undefined ? [] : [memory.text])].join('\n\n'),
    ].join('\n\n'),
  );
  const misses = [...missed(cases), ...scaling.missed, ...(memory?.missed ?? [])];
  for (const sentence of misses) console.error(`MISSED ${sentence}`);
  if (misses.length > 0) process.exitCode = 1;
}

interface Options {
  readonly rounds: number;
  readonly dockerRounds: number;
  readonly roundTrips: readonly number[];
  /** The size of the layer for the memory measurement. 0 skips it. */
  readonly gibibytes: number;
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-push-'));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

function options(): Options {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      'docker-rounds': { type: 'string', default: '2' },
      rtt: { type: 'string', default: '0,40' },
      gib: { type: 'string', default: '5' },
    },
  });
  const number = (name: string, text: string, min: number): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min) return value;
    throw new Error(`--${name} is "${text}", not a whole number of at least ${min}`);
  };
  const rounds = number('rounds', values.rounds, 1);
  return {
    rounds,
    dockerRounds: Math.min(rounds, number('docker-rounds', values['docker-rounds'], 0)),
    roundTrips: values.rtt.split(',').map((text) => number('rtt', text, 0)),
    gibibytes: number('gib', values.gib, 0),
  };
}

const parsed = options();
if (process.getuid?.() !== 0) throw new Error('The benchmark starts a private Docker Engine and must run as root.');
await benchmark(parsed);
