import { startSandbox } from '@tozo/sandbox';
import { expect, test } from 'vitest';
import { createShop } from './testing/shop.ts';
import { cleanEnvironment, runTozoInProcess } from './testing/tozo.ts';

const key = 'HRKU-ci-variables';

test('reports missing and unprotected CI/CD variables, and that a job token cannot read them', async () => {
  await using shop = await createShop();
  await using sandbox = await startSandbox({ apiKey: key, apps: [shop.name] });
  await shop.edit('deploy.json', (content) =>
    JSON.stringify({
      ...(JSON.parse(content) as object),
      ciVariables: { owner: 'terraform', required: ['HEROKU_API_KEY', 'HEROKU_APP'] },
    }),
  );
  const project = '1';
  const response = await fetch(`${sandbox.urls.gitlab}/api/v4/projects/${project}/variables`, {
    method: 'POST',
    headers: { 'private-token': sandbox.gitlabToken, 'content-type': 'application/json' },
    body: JSON.stringify({ key: 'HEROKU_APP', value: shop.name, protected: false }),
  });
  expect(response.status).toBe(201);
  const env = cleanEnvironment({
    HEROKU_API_KEY: key,
    HEROKU_APP: shop.name,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
    CI_PROJECT_ID: project,
    CI_SERVER_URL: sandbox.urls.gitlab,
  });
  const asJob = await runTozoInProcess(['deploy', '--yes', '--dry-run'], { cwd: shop.directory, env });
  expect(asJob.stdout).toContain("a job token can't read them");
  const asMaintainer = await runTozoInProcess(['deploy', '--yes', '--dry-run'], {
    cwd: shop.directory,
    env: { ...env, GITLAB_TOKEN: sandbox.gitlabToken },
  });
  expect(asMaintainer.stdout).toMatch(
    /HEROKU_API_KEY isn't set[^]*HEROKU_APP isn't protected[^]*apply the infrastructure/,
  );
  expect(asMaintainer.code).toBe(0);
});
