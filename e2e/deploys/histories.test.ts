import { startSandbox } from '@tozo/sandbox';
import { afterAll, expect, test } from 'vitest';
import { apps } from '../src/histories/project.ts';
import { runsAfter } from '../src/histories/recipe-runner.ts';
import { environmentOf, nxCiWorkflow, nxDocs, ours } from '../src/histories/recipes.ts';
import { situations } from '../src/histories/situations.ts';
import { countRight, formatTable, type Row } from '../src/histories/table.ts';

/** `npm run prove histories` lives through all situations, and with the published recipes, too. */
const isWhole = process.env['HISTORIES'] === 'all';
const numbered = situations.map((situation, index) => ({ number: index + 1, situation }));
const chosen = isWhole ? numbered : numbered.filter((_, index) => index % 4 === 0);
const others = isWhole ? { 'Nx docs': nxDocs, 'ci-workflow': nxCiWorkflow } : {};
const rows: Row[] = [];

test.for(chosen)(
  'every app runs what it must: $situation.title',
  { timeout: 120_000 },
  async ({ number, situation }) => {
    await using sandbox = await startSandbox({ services: ['gitlab'] });
    const gitlab = { api: `${sandbox.urls.gitlab}/api/v4`, project: '1', jobToken: sandbox.gitlabJobToken };
    const runs: Record<string, readonly string[]> = {
      tozo: await runsAfter(situation, ours(gitlab), ({ app, pipeline, ...job }) =>
        sandbox.recordJobDeployment({
          ...job,
          environment: environmentOf(app),
          sha: pipeline.commit,
          pipelineId: pipeline.id,
          source: pipeline.source,
        }),
      ),
    };
    for (const [name, recipe] of Object.entries(others)) runs[name] = await runsAfter(situation, recipe);
    rows.push({ number, situation, runs });
    expect(runs['tozo']).toEqual(apps.map((app) => situation.mustRun[app]));
  },
);

afterAll(() => {
  if (isWhole) console.log(formatTable(rows));
  console.log(`of ${rows.length} histories right: ${JSON.stringify(countRight(rows))}`);
});
