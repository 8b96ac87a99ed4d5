import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createProjectVariables, variable } from '@tozo/gitlab-variables';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cleanEnvironment } from '../src/testing/tozo.ts';

/* The commands that run the contracts against live services, pointed at a sandbox by environment variables. */
const prove = fileURLToPath(new URL('../../tools/src/prove.ts', import.meta.url));
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ apps: ['shop'], durations: { killAfter: 1000, drain: 50 } });
});
afterAll(async () => await sandbox.close());

async function contract(name: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['--conditions=@tozo/source', '--import=tsx', prove, 'contract', name], {
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, output: stdout + stderr };
}

const heroku = () => ({
  HEROKU_API_KEY: sandbox.apiKey,
  HEROKU_API_URL: sandbox.urls.heroku,
  HEROKU_REGISTRY_URL: sandbox.urls.registry,
  TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
});

it.each([
  ['heroku', 'HEROKU_API_KEY'],
  ['registry', 'HEROKU_API_KEY'],
  ['gitlab', 'GITLAB_TOKEN and CONTRACT_GITLAB_PROJECT'],
])('the contract %s requires an account, and says to set %s', async (name, variables) => {
  const { code, output } = await contract(name, {});
  expect(code).toBe(2);
  expect(output).toContain(`Set ${variables}: `);
});

it.each(['heroku', 'registry'])('the contract %s passes, leaves no app behind, and shows no key', async (name) => {
  const { code, output } = await contract(name, heroku());
  expect(output).not.toContain(sandbox.apiKey);
  expect(output).toMatch(/Tests .* passed/);
  expect(code).toBe(0);
  expect(sandbox.apps().map((app) => app.name)).toEqual(['shop']);
  expect(sandbox.journal.count({ service: 'heroku', method: 'DELETE', path: /^\/apps\/tozo-contract-\w+$/ })).toBe(
    sandbox.journal.count({ service: 'heroku', method: 'POST', path: '/apps', status: 201 }),
  );
});

it('the contract gitlab passes, leaves only the variables of others, and shows no token', async () => {
  const { gitlabToken: token, urls } = sandbox;
  const project = createProjectVariables({ host: urls.gitlab, token, projectId: 'group/project' });
  await project.create(variable({ key: 'THEIRS', value: 'untouched' }));
  const { code, output } = await contract('gitlab', {
    GITLAB_TOKEN: token,
    CONTRACT_GITLAB_PROJECT: 'group/project',
    CI_SERVER_URL: urls.gitlab,
  });
  expect(output).not.toContain(token);
  expect(code).toBe(0);
  expect((await project.list()).map(({ key }) => key)).toEqual(['THEIRS']);
});

it('a failing contract fails the command', async () => {
  sandbox.faults.add({
    on: { service: 'heroku', method: 'GET', path: '^/account$' },
    effect: { kind: 'answer', status: 200, body: '{}' },
  });
  expect((await contract('heroku', heroku())).code).toBe(1);
});
