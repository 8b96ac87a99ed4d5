import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Monorepo } from '../../e2e/real/pipeline/monorepo.ts';
import { appSize, writeApp } from './fixture/app.ts';
import { buildBaseImage } from './fixture/base-image.ts';
import { describeLoad, describeMachine } from './machine.ts';
import { measureLargeWorkspace } from './pipeline/large-workspace.ts';
import { app, changeLine, createOurs, createTutorial } from './pipeline/repositories.ts';
import { runNothingToDo, type RunPipeline, runUntil } from './pipeline/run.ts';
import { runCommand } from './process.ts';
import { type Finding, findingsTable, missedFindings } from './sandbox/finding.ts';
import { startBaseRegistry } from './servers/base-registry.ts';
import { startEngine } from './servers/engine.ts';

/**
 * Compares the tutorials' pipeline with ours, from `git push` to the new version's response: in turns, with gitlab-ci-local and
 * one sandbox each, one changed line, and nothing on the runner but GitLab's own cache. Prints Markdown. The exit code is 1 if a
 * goal is missed.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    part: { type: 'string', default: 'all' },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is "${values.rounds}", not a positive whole number`);
if (!['all', 'pipelines', 'affected'].includes(values.part))
  throw new Error(`--part is "${values.part}", not pipelines or affected`);
const load = describeLoad();
const findings = [
  ...(values.part === 'affected' ? [] : await measurePipelines()),
  ...(values.part === 'pipelines' ? [] : await measureLargeWorkspace(rounds)),
];
console.log(`${describeMachine()}, ${load}; ${rounds} rounds.\n\n${findingsTable(findings)}`);
const missed = missedFindings(findings);
for (const sentence of missed) console.error(`MISSED ${sentence}`);
if (missed.length > 0) process.exitCode = 1;

async function measurePipelines(): Promise<Finding[]> {
  if (process.getuid?.() !== 0) throw new Error('The benchmark starts a private Docker Engine and must run as root.');
  const directory = await mkdtemp(join(tmpdir(), 'bench-pipeline-'));
  await using _removed = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  await using registry = await startBaseRegistry(join(directory, 'base-registry'));
  const { reference: base, engine } = await buildBaseImage(join(directory, 'base'), `${registry.host}/base/node:20`);
  const store = join(directory, 'store');
  await writeApp(store, base);
  const options = { store, base };
  await using ours = await createOurs(options);
  await using tutorial = await createTutorial(options);
  console.error(`${appSize.text}; ${engine}`);

  const times = { ours: [] as RunPipeline[], tutorial: [] as RunPipeline[] };
  // The first round pushes the previous image and fills GitLab's cache.
  for (let round = 0; round <= rounds; round++) {
    const theirs = await runTutorial(tutorial, `t${round}`, join(directory, `engine-${round}`));
    const own = await runUntil(ours, changeLine(ours, `o${round}`), `deploy ${app}`, /^deploy shop .*LIVE v/);
    if (round === 0) continue;
    times.tutorial.push(theirs);
    times.ours.push(own);
  }
  const nothing: Awaited<ReturnType<typeof runNothingToDo>>[] = [];
  const starts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.clone.commit({ 'README.md': (text) => `${text}Only a word.\n` });
    nothing.push(await runNothingToDo(ours));
    const tool = join(ours.tool.directory, 'bin/tozo.js');
    starts.push((await runCommand(process.execPath, [tool, '--version'])).seconds);
  }
  const responded = (runs: readonly RunPipeline[]): number[] => runs.map((run) => run.responded);
  return [
    {
      name: "from git push to the new version, the tutorials' pipeline, s",
      values: responded(times.tutorial),
      digits: 2,
    },
    { name: 'from git push to the new version, ours, s', values: responded(times.ours), digits: 2 },
    {
      name: 'ratio',
      values: responded(times.ours).map((seconds, round) => seconds / times.tutorial[round]!.responded),
      digits: 3,
      goal: { max: 0.3 },
    },
    { name: "lint-test, the tutorials', s", values: times.tutorial.map(({ lintTest }) => lintTest), digits: 2 },
    { name: 'lint-test, ours, s', values: times.ours.map(({ lintTest }) => lintTest), digits: 2 },
    {
      name: "deploy job, from its start to the release, the tutorials', s",
      values: times.tutorial.map(({ deploy }) => deploy),
      digits: 2,
    },
    {
      name: 'deploy job, from its start to LIVE, ours, s',
      values: times.ours.map(({ deploy }) => deploy),
      digits: 2,
      goal: { max: 6 },
    },
    { name: 'start of the tool (`tozo --version`), s', values: starts, digits: 2, goal: { max: 0.5 } },
    {
      name: "nothing to do, from the script's start to the decision, s",
      values: nothing.map(({ seconds }) => seconds),
      digits: 2,
      goal: { max: 1.5 },
    },
    { name: 'nothing to do, requests', values: nothing.map(({ requests }) => requests), goal: { max: 3 } },
  ];
}

/** Each of the tutorials' pipelines has an engine without images, as docker:dind. */
async function runTutorial(tutorial: Monorepo, version: string, directory: string): Promise<RunPipeline> {
  await using engine = await startEngine(directory);
  const { DOCKER_HOST = '' } = engine.env;
  const variables = { DOCKER_HOST, REGISTRY: new URL(tutorial.sandbox.urls.registry).host };
  return await runUntil(tutorial, changeLine(tutorial, version), 'deploy', /^deploy +finished /, variables);
}
