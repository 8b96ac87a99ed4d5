import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { History } from '../src/histories/history.ts';
import { apps, Project } from '../src/histories/project.ts';
import { runsAfter } from '../src/histories/recipe-runner.ts';
import { nxCiWorkflow, nxDocs } from '../src/histories/recipes.ts';
import { situations } from '../src/histories/situations.ts';
import { chooseSituations, countRight, formatRow, formatTable, type Row } from '../src/histories/table.ts';
import { HistoryRunner } from './pipeline/history-runner.ts';
import { createMonorepo, type Monorepo } from './pipeline/monorepo.ts';
import { runnerBlocker } from './pipeline/runner.ts';

const blocker = runnerBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

/** `npm run prove histories -- --with gitlab-ci-local 1-10` sets the range. */
const chosen = chooseSituations(situations, process.env['HISTORIES'] ?? `1-${situations.length}`);
const timeout = 600_000;
const rows: Row[] = [];

describe.skipIf(blocker !== undefined)('pipelines of a history in gitlab-ci-local', { timeout }, () => {
  let world: Monorepo;
  beforeAll(async () => {
    world = await createMonorepo({ apps: [] });
  }, timeout);
  afterAll(async () => {
    console.log(`${formatTable(rows)}\n\nof ${rows.length} histories right: ${JSON.stringify(countRight(rows))}`);
    await world?.[Symbol.asyncDispose]();
  });

  it.concurrent.for(chosen)(
    'every app runs what it must: $situation.title',
    async ({ number, situation }, { signal }) => {
      const runner = new HistoryRunner(world, number, signal);
      const project = new Project(await runner.prepare());
      using history = new History(runner, (job) => runner.record(job), project);
      await situation.happen(history);
      const ours = apps.map((app) => history.runs.get(app) ?? 'nothing');
      const theirs = {
        'Nx docs': await runsAfter(situation, nxDocs),
        'ci-workflow': await runsAfter(situation, nxCiWorkflow),
      };
      rows.push({ number, situation, runs: { tozo: ours, ...theirs } });
      // Each takes a minute: what ran isn't lost if the next is interrupted.
      console.log(formatRow(rows.at(-1)!));
      expect(Object.fromEntries(apps.map((app, index) => [app, ours[index]])), runner.log).toEqual(situation.mustRun);
    },
  );
});
