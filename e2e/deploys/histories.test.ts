import { startSandbox } from '@tozo/sandbox';
import { afterAll, expect, test } from 'vitest';
import { History } from '../src/histories/history.ts';
import { apps } from '../src/histories/project.ts';
import { type Recipe, RecipeRunner } from '../src/histories/recipe-runner.ts';
import { environmentOf, nxCiWorkflow, nxDocs, ours } from '../src/histories/recipes.ts';
import { type Situation, situations } from '../src/histories/situations.ts';

/** `npm run prove histories` lives through all situations, and with the published recipes, too. */
const isWhole = process.env['HISTORIES'] === 'all';
const chosen = isWhole ? situations : situations.filter((_, index) => index % 4 === 0);
const others = isWhole ? { 'Nx docs': nxDocs, 'ci-workflow': nxCiWorkflow } : {};

/** How many situations each recipe gets right. */
const right = new Map<string, number>();

/** Lives through a situation. Returns what runs at its end. */
async function runsAfter(
  { happen }: Situation,
  recipe: Recipe,
  record: ConstructorParameters<typeof History>[1],
): Promise<string[]> {
  using history = new History(new RecipeRunner(recipe), record);
  await happen(history);
  return apps.map((app) => history.runs.get(app) ?? 'nothing');
}

test.for(chosen)('every app runs what it must: $title', { timeout: 120_000 }, async (situation) => {
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  const gitlab = { api: `${sandbox.urls.gitlab}/api/v4`, project: '1', jobToken: sandbox.gitlabJobToken };
  const mustRun = apps.map((app) => situation.mustRun[app]);
  const results: Record<string, string[]> = {
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
  for (const [name, recipe] of Object.entries(others))
    results[name] = await runsAfter(situation, recipe, () => undefined);
  for (const [name, runs] of Object.entries(results))
    if (String(runs) === String(mustRun)) right.set(name, (right.get(name) ?? 0) + 1);
  expect(results['tozo']).toEqual(mustRun);
});

afterAll(() => {
  console.log(`of ${chosen.length} histories right: ${JSON.stringify(Object.fromEntries(right))}`);
});
