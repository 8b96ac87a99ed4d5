import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import { openSandboxProject, projectIdOf, runTerraform, type SandboxProject } from './terraform/sandbox-project.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

/** `npm run prove infrastructure` takes over 20 states of each kind. */
const rounds = Number(process.env['TAKE_OVER_ROUNDS'] ?? 1);

const values = { HEROKU_APP: 'heroku_app.shop.name', HEROKU_API_KEY: 'var.heroku_api_key', HEROKU_USERNAME: '"_"' };

/** The tutorial's files, with its addresses. The variables have no scope, so all jobs of protected branches get them. */
const tutorial = (addresses: readonly string[]): string => `
terraform {
  required_providers {
    heroku = { source = "heroku/heroku" }
    gitlab = { source = "gitlabhq/gitlab" }
  }
  backend "http" {}
}
variable "heroku_api_key" { sensitive = true }
provider "heroku" { api_key = var.heroku_api_key }
resource "heroku_app" "shop" {
  name   = "shop-live"
  region = "us"
}
resource "gitlab_project" "shop" { name = "shop" }
${Object.entries(values)
  .map(
    ([key, value], at) => `
resource "gitlab_project_variable" "${addresses[at]}" {
  project   = gitlab_project.shop.id
  key       = "${key}"
  value     = ${value}
  protected = true
}`,
  )
  .join('')}`;

const ofTutorial = ['heroku_app', 'heroku_token', 'heroku_username'];
const ofEarlierVersion = ['heroku_app', 'heroku_api_key', 'heroku_username'];

/** Applies the tutorial's files, and delays what later changes variables as a network does. */
async function openTakeOver(addresses: readonly string[]): Promise<SandboxProject> {
  const project = await openSandboxProject();
  await project.write('out/infrastructure/gitlab.tf', tutorial(addresses));
  expect(await runTerraform(project, 'init')).toMatchObject({ code: 0 });
  expect(await runTerraform(project, 'apply', '-auto-approve')).toMatchObject({ code: 0 });
  await rm(join(project.directory, 'out/infrastructure/gitlab.tf'));
  for (const [method, ms] of [
    ['POST', 50],
    ['DELETE', 200],
  ] as const)
    project.sandbox.faults.add({
      on: { service: 'gitlab', method, path: '/variables(/|$)', times: 'every' },
      effect: { kind: 'stall', ms },
    });
  return project;
}

/** Reads the variables until `work` ends, and then removes the delays. Returns the scopes that each had, in order, each change once. */
async function watchScopes<T>(
  project: SandboxProject,
  work: Promise<T>,
): Promise<{ result: T; scopes: Readonly<Record<string, string[]>>; reads: number }> {
  const path = `/projects/${await projectIdOf(project, 'shop')}/variables`;
  const scopes: Record<string, string[]> = Object.fromEntries(Object.keys(values).map((key) => [key, []]));
  let reads = 0;
  const read = async (): Promise<void> => {
    const found = (await project.asGitlab('GET', path)) as unknown as Record<string, string>[];
    reads++;
    for (const [key, seen] of Object.entries(scopes)) {
      const now = found.flatMap((one) => (one['key'] === key ? [one['environment_scope']] : [])).join(' and ');
      if (seen.at(-1) !== now) seen.push(now);
    }
  };
  let isDone = false;
  const end = work.finally(() => (isDone = true));
  // GitLab allows 2,000 requests a minute.
  while (!isDone) await Promise.all([read(), pause(10)]);
  const result = await end;
  await read();
  project.sandbox.faults.clear();
  return { result, scopes, reads };
}

const allVariables = (seen: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(Object.keys(values).map((key) => [key, seen]));

describe.skipIf(blocker !== undefined)("tozo infrastructure with the real terraform, over the tutorial's state", () => {
  const cases = Array.from({ length: rounds }, (_, at) => at + 1).flatMap((round) =>
    [ofTutorial, ofEarlierVersion].map((addresses) => ({ round, addresses, key: addresses[1]! })),
  );

  it.each(cases)(
    'destroys nothing and leaves no moment without a key when the scope stays *: $key, round $round (fault 183, infrastructure)',
    async ({ addresses }) => {
      await using project = await openTakeOver(addresses);
      await project.declare({ environmentScope: '*' });
      const { result, scopes, reads } = await watchScopes(project, project.run('apply', ['--yes']));
      expect(result).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Resources: 0 added, 4 changed, 0 destroyed.'),
      });
      expect(scopes).toEqual(allVariables(['*']));
      expect(reads).toBeGreaterThan(10);
      expect(await project.run('drift')).toMatchObject({ code: 0 });
    },
  );

  it.each(cases)(
    'creates each variable for production/* before it deletes the one for *: $key, round $round (fault 184, infrastructure)',
    async ({ addresses }) => {
      await using project = await openTakeOver(addresses);
      await project.declare({});
      const { result, scopes } = await watchScopes(project, project.run('apply', ['--yes']));
      expect(result).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('Resources: 3 added, 1 changed, 3 destroyed.'),
      });
      expect(scopes).toEqual(allVariables(['*', '* and production/*', 'production/*']));
      expect(await project.run('drift')).toMatchObject({ code: 0 });
    },
  );
});
