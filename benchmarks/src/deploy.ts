import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { connectSandbox } from '@tozo/sandbox';
import { appSize, writeApp } from './fixture/app.ts';
import { buildBaseImage } from './fixture/base-image.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { measure, type Measurement, type Setup } from './measure.ts';
import { startBaseRegistry } from './servers/base-registry.ts';
import { missedGoals, ratioTable, secondsTable, type Series } from './table.ts';
import { dockerWay } from './ways/docker.ts';
import { tozoWay } from './ways/tozo.ts';
import type { Way } from './ways/way.ts';

/**
 * Compares the deploy job of the tutorials with `tozo deploy`: in turns, to one sandbox, with the same change of one line, on
 * empty runners. Prints Markdown. The exit code is 1 if a goal is missed.
 */
async function benchmark(rounds: number): Promise<void> {
  const load = describeLoad();
  await using work = await temporaryDirectory();
  const app = join(work.directory, 'app');
  await using registry = await startBaseRegistry(join(work.directory, 'base-registry'));
  const base = await buildBaseImage(join(work.directory, 'base'), `${registry.host}/base/node:20`);
  await writeApp(app, base.reference);

  const sandbox = await connectSandbox({ dir: join(work.directory, 'sandbox'), start: true });
  await using _stopped = { [Symbol.asyncDispose]: () => sandbox.stop() };
  const destination = { apiUrl: sandbox.urls.heroku, registryUrl: sandbox.urls.registry, apiKey: sandbox.apiKey };
  const classic = dockerWay({ name: 'docker build', app: 'shop-docker', buildKit: false }, destination);
  const buildKit = dockerWay({ name: 'docker build (BuildKit)', app: 'shop-buildkit', buildKit: true }, destination);
  const tozo = tozoWay('shop-tozo', destination);

  const series = await inTurns([classic, buildKit, tozo], rounds, (way, round) =>
    measureOnce(way, { sandbox, app, directory: join(work.directory, `${way.app}-${round}`), version: String(round) }),
  );
  const machine = `${describeMachine()}, ${load}; Docker Engine ${base.engine}`;
  const fixture = `An app of ${appSize.files} files (${appSize.text}) on a base of ${(base.bytes / 1e6).toFixed(0)} MB; ${rounds} rounds.`;
  report(series, [fixture, machine]);
}

/** Runs every way once per round. The first round is a warm-up that pushes the previous image and isn't counted. */
async function inTurns(
  ways: readonly Way[],
  rounds: number,
  once: (way: Way, round: number) => Promise<Measurement>,
): Promise<Series[]> {
  const series = ways.map(({ name }) => ({ name, measurements: [] as Measurement[] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [index, way] of ways.entries()) {
      const measurement = await once(way, round);
      if (round > 0) series[index]!.measurements.push(measurement);
    }
  }
  return series;
}

async function measureOnce(way: Way, setup: Setup): Promise<Measurement> {
  const measurement = await measure(way, setup);
  await rm(setup.directory, { recursive: true });
  console.error(`version ${setup.version}, ${way.name}: ${JSON.stringify(measurement)}`);
  return measurement;
}

function report(series: readonly Series[], lines: readonly string[]): void {
  const ours = series.at(-1)!;
  const others = series.slice(0, -1);
  console.log([...lines, secondsTable(series), ...others.map((theirs) => ratioTable(ours, theirs))].join('\n\n'));
  const missed = others.flatMap((theirs) => missedGoals(ours, theirs));
  for (const sentence of missed) console.error(`MISSED ${sentence}`);
  if (missed.length > 0) process.exitCode = 1;
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-'));
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is "${values.rounds}", not a positive whole number`);
if (process.getuid?.() !== 0) throw new Error('The benchmark starts a private Docker Engine and must run as root.');
await benchmark(rounds);
