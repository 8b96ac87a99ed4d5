import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History } from '../src/histories/history.ts';
import { apps, Project } from '../src/histories/project.ts';
import { situations } from '../src/histories/situations.ts';
import { HistoryRunner } from './pipeline/history-runner.ts';
import { createMonorepo, type Monorepo } from './pipeline/monorepo.ts';
import { runnerBlocker } from './pipeline/runner.ts';

const blocker = runnerBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const timeout = 600_000;
let right = 0;

describe.skipIf(blocker !== undefined)('pipelines of a history in gitlab-ci-local', { timeout }, () => {
  let world: Monorepo;
  beforeAll(async () => {
    world = await createMonorepo({ apps: [] });
  }, timeout);
  afterAll(async () => {
    console.log(`of ${situations.length} histories in gitlab-ci-local right: ${right}`);
    await world?.[Symbol.asyncDispose]();
  });

  it.for(situations)('every app runs what it must: $title', async ({ title, mustRun, happen }, { signal }) => {
    const index = situations.findIndex((one) => one.title === title);
    const runner = new HistoryRunner(world, index, signal);
    const project = new Project(await runner.prepare());
    using history = new History(runner, (job) => runner.record(job), project);
    await happen(history);
    expect(Object.fromEntries(apps.map((app) => [app, history.runs.get(app)])), runner.log).toEqual(mustRun);
    right += 1;
  });
});
