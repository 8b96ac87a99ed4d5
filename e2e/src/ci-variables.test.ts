import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { expect, test } from 'vitest';
import { createShop } from './testing/shop.ts';
import { cleanEnvironment, runTozoInProcess } from './testing/tozo.ts';

const key = 'HRKU-ci-variables-sentinel';

interface Stored {
  readonly key: string;
  readonly value: string;
  readonly environment_scope: string;
}

/** Calls the API of the sandbox's project as someone else would. */
async function variables({ urls, gitlabToken }: Sandbox, method = 'GET', path = '', body?: object) {
  const response = await fetch(`${urls.gitlab}/api/v4/projects/1/variables${path}`, {
    method,
    headers: { 'private-token': gitlabToken, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return (response.status === 204 ? [] : await response.json()) as Stored[];
}

async function openShop(ciVariables: object) {
  const shop = await createShop();
  await shop.edit('deploy.json', (content) => JSON.stringify({ ...(JSON.parse(content) as object), ciVariables }));
  const sandbox = await startSandbox({ apiKey: key, apps: [shop.name] });
  const env = cleanEnvironment({
    HEROKU_API_KEY: key,
    HEROKU_APP: 'tozo',
    HEROKU_USERNAME: '_',
    CI_PROJECT_ID: '1',
    CI_SERVER_URL: sandbox.urls.gitlab,
  });
  return {
    shop,
    sandbox,
    env,
    tozo: async (args: readonly string[], more: Record<string, string> = { GITLAB_TOKEN: sandbox.gitlabToken }) => {
      const result = await runTozoInProcess([...args], { cwd: shop.directory, env: { ...env, ...more } });
      expect(result.stdout + result.stderr).not.toContain(key);
      return result;
    },
    [Symbol.asyncDispose]: async () => {
      await sandbox.close();
      await shop[Symbol.asyncDispose]();
    },
  };
}

test("the tutorial's three variables are created, checked, found changed by hand, and repaired", async () => {
  const required = ['HEROKU_API_KEY', { key: 'HEROKU_APP', masked: true }, 'HEROKU_USERNAME'];
  await using tutorial = await openShop({ owner: 'tozo', required });
  const { sandbox, tozo, shop } = tutorial;
  const refused = await tozo(['ci', 'variables', 'sync']);
  expect([refused.code, refused.stderr.trim()]).toEqual([
    2,
    "HEROKU_APP (production/*): a value of 4 characters can't be masked: GitLab requires 8. Use a longer value, or don't mask it.",
  ]);
  expect(sandbox.journal.entries()).toEqual([]);

  await shop.edit('deploy.json', (content) => content.replace('"masked":true', '"masked":false'));
  expect((await tozo(['ci', 'variables', 'plan'])).stdout).toBe(
    'create      HEROKU_API_KEY (production/*)\ncreate      HEROKU_APP (production/*)\ncreate      HEROKU_USERNAME (production/*)\n3 planned; nothing was written.\n',
  );
  expect((await tozo(['ci', 'variables', 'sync'])).code).toBe(0);
  const made = { environment_scope: 'production/*', protected: true, raw: true };
  expect(await variables(sandbox)).toMatchObject([
    { ...made, key: 'HEROKU_API_KEY', value: key, masked: true },
    { ...made, key: 'HEROKU_APP', value: 'tozo', masked: false },
    { ...made, key: 'HEROKU_USERNAME', value: '_', masked: false },
  ]);
  expect((await tozo(['ci', 'variables', 'check'])).code).toBe(0);

  const scoped = `?${new URLSearchParams({ 'filter[environment_scope]': 'production/*' })}`;
  await variables(sandbox, 'PUT', `/HEROKU_APP${scoped}`, { value: 'other', protected: false });
  const found = await tozo(['ci', 'variables', 'check']);
  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(
    /HEROKU_APP \(production\/\*\) isn't protected.*Run tozo ci variables sync\.\n.*isn't as declared: value/,
  );
  expect((await tozo(['ci', 'variables', 'sync'])).stdout).toContain(
    'update      HEROKU_APP (production/*): value, protected',
  );
  const check = await tozo(['ci', 'variables', 'check', '--json']);
  expect(JSON.parse(check.stdout)).toEqual({ findings: [], valueUnknown: [] });
});

test('a deploy and doctor report variables that are missing or in a scope that more jobs read', async () => {
  await using tutorial = await openShop({ owner: 'terraform', required: ['HEROKU_API_KEY', 'HEROKU_APP'] });
  const { sandbox, shop, tozo } = tutorial;
  await variables(sandbox, 'POST', '', { key: 'HEROKU_APP', value: shop.name, protected: true });
  await variables(sandbox, 'POST', '', { key: 'HEROKU_API_KEY', value: key, environment_scope: 'production' });
  const target = {
    HEROKU_APP: shop.name,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    TOZO_DOCKER_HUB_MIRROR: sandbox.urls.hub,
  };
  const asJob = await tozo(['deploy', '--yes', '--dry-run'], target);
  expect(asJob.stdout).toContain("a job token can't read them");
  const asMaintainer = { ...target, GITLAB_TOKEN: sandbox.gitlabToken };
  const says = [
    /HEROKU_API_KEY \(production\/\*\) isn't set\. Terraform owns it: apply the infrastructure\./,
    /HEROKU_API_KEY is set for "production", which isn't the environment of any job of "production\/\*"\./,
    /HEROKU_APP is set for "\*": every job, those without an environment too, can read it\..*delete the one for "\*"/,
  ];
  const planned = await tozo(['deploy', '--yes', '--dry-run'], asMaintainer);
  const doctor = await tozo(['doctor'], asMaintainer);
  for (const text of says) {
    expect(planned.stdout).toMatch(text);
    expect(doctor.stdout).toMatch(text);
  }
  expect(planned.code).toBe(0);
  const sync = await tozo(['ci', 'variables', 'sync'], asMaintainer);
  expect([sync.code, sync.stderr]).toEqual([2, expect.stringContaining('Terraform owns the CI/CD variables')]);
});

test('a job without the key says why, before any request (fault 129, gitlab)', async () => {
  await using tutorial = await openShop({ owner: 'tozo', required: ['HEROKU_API_KEY'] });
  const { sandbox, tozo } = tutorial;
  const job = {
    CI: 'true',
    GITLAB_CI: 'true',
    CI_ENVIRONMENT_NAME: 'production/shop',
    HEROKU_API_URL: sandbox.urls.heroku,
  };
  const cases: [Record<string, string>, RegExp][] = [
    [{ HEROKU_API_KEY: '$HEROKU_API_KEY' }, /HEROKU_API_KEY is an unexpanded reference to HEROKU_API_KEY/],
    [{ HEROKU_API_KEY: '/builds/acme/shop.tmp/HEROKU_API_KEY' }, /its CI\/CD variable has the type File/],
  ];
  for (const [env, message] of cases) {
    const { code, stderr } = await tozo(['deploy', '--yes'], { ...job, ...env });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  }
  expect(sandbox.journal.entries()).toEqual([]);
});

test('a token, a role and a project that GitLab refuses end with 3, and nothing to ask with 2', async () => {
  await using tutorial = await openShop({ owner: 'tozo', required: ['HEROKU_API_KEY'] });
  const { tozo, sandbox } = tutorial;
  const check = async (env: Record<string, string>, ...args: string[]) => {
    const { code, stderr } = await tozo(['ci', 'variables', 'check', ...args], env);
    return [code, stderr];
  };
  expect(await check({ GITLAB_TOKEN: 'glpat-revoked' })).toEqual([
    3,
    expect.stringContaining('wrong, expired or revoked'),
  ]);
  expect(await check({ GITLAB_TOKEN: sandbox.gitlabToken }, '--project', 'a/b')).toEqual([
    3,
    expect.stringContaining('404 Project Not Found'),
  ]);
  expect(await check({ CI_JOB_TOKEN: 'job' })).toEqual([2, expect.stringContaining("CI_JOB_TOKEN can't access")]);
  expect(await check({})).toEqual([2, expect.stringContaining('The GitLab token is missing')]);
});
