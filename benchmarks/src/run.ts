import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { appSize, writeApp } from './fixture/app.ts';
import { buildBaseImage } from './fixture/base-image.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { referenceOf } from './push/place.ts';
import { measureRunMemory } from './run/memory.ts';
import { servePackages } from './run/packages.ts';
import { writeWithoutRun } from './run/project.ts';
import { type Case, renderCases, missedGoals } from './run/report.ts';
import { measureStages } from './run/stages-case.ts';
import { measureTutorial } from './run/tutorial-case.ts';
import { startBaseRegistry } from './servers/base-registry.ts';

/**
 * Compares `registry-pusher push` of Dockerfiles with RUN with `docker build` and `docker push`, in turns, on empty runners. npm
 * gets packages from a server on this machine. Prints Markdown. The exit code is 1 if a goal is missed.
 */
async function benchmark({
  rounds,
  only,
}: {
  readonly rounds: number;
  readonly only: readonly string[];
}): Promise<void> {
  const load = describeLoad();
  const directory = await mkdtemp(join(tmpdir(), 'bench-run-'));
  await using _work = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  await using hub = await startBaseRegistry(join(directory, 'hub'));
  await using registry = await startBaseRegistry(join(directory, 'registry'));
  const tag = { host: hub.host, repository: 'base/node', tag: '20' };
  const image = await buildBaseImage(join(directory, 'base'), referenceOf(tag));
  const base = `${hub.host}/base/node@${await digestOf(hub.host, 'base/node', '20')}`;
  const app = join(directory, 'app');
  await writeApp(app, base);
  await mkdir(join(directory, 'archives'));
  await using packages = await servePackages(join(app, 'node_modules'), join(directory, 'archives'));
  const withoutRun = await writeWithoutRun(app, join(directory, 'without-run'), base);
  const stage = { directory, withoutRun, base, hub, registry, packages, rounds };
  const cases: Case[] = [];
  if (only.includes('tutorial')) cases.push(...(await measureTutorial(stage)));
  if (only.includes('stages')) cases.push(...(await measureStages(stage)));
  const memory = only.includes('memory') ? await measureRunMemory(stage) : undefined;
  console.log(
    [
      `An app with ${appSize.packages} on a base of ${(image.bytes / 1e6).toFixed(0)} MB; ${rounds} rounds.`,
      `${describeMachine()}, ${load}; Docker Engine ${image.engine}`,
      ...(cases.length === 0 ? [] : [renderCases(cases)]),
      ...(memory === undefined ? [] : [memory.text]),
    ].join('\n\n'),
  );
  const misses = [...missedGoals(cases), ...(memory?.missed ?? [])];
  for (const sentence of misses) console.error(`MISSED ${sentence}`);
  if (misses.length > 0) process.exitCode = 1;
}

async function digestOf(host: string, repository: string, tag: string): Promise<string> {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept },
  });
  return response.headers.get('docker-content-digest')!;
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '2' }, only: { type: 'string', default: 'tutorial,stages,memory' } },
});
await benchmark({ rounds: Number(values.rounds), only: values.only.split(',') });
