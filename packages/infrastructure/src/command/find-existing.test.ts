import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ContinuousDeployment } from '../continuous-deployment.ts';
import { DeployInfrastructure } from '../deploy-infrastructure.ts';
import { renderTerraform } from '../synthesize.ts';
import { App } from '../terraform.ts';
import { minimalOptions } from '../testing/make.ts';
import type { ReadApi } from './api.ts';
import { compareDeploy } from './compare.ts';
import { findExisting } from './find-existing.ts';
import { readGitlab, readHeroku } from './live-resources.ts';
import { readTerraformFile, type TerraformFile } from './terraform-file.ts';

/** A file with two apps and their projects. */
async function twoApps(): Promise<TerraformFile> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-two-apps-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const stack = new DeployInfrastructure(new App({ outdir: directory }), 'shop', minimalOptions);
  const app = { name: 'blog-live', region: 'eu' } as const;
  expect(new ContinuousDeployment(stack, 'blog', { app, project: { name: 'blog' } }).node.id).toBe('blog');
  await writeFile(join(directory, 'cdk.tf.json'), renderTerraform(stack));
  return readTerraformFile(join(directory, 'cdk.tf.json'));
}

function apiOf(responses: Readonly<Record<string, unknown>>): ReadApi {
  return async (path) => ({ status: path in responses ? 200 : 404, body: responses[path], next: undefined });
}

const [us, container] = [{ name: 'us' }, { name: 'container' }];
const heroku = apiOf({
  '/apps/shop-live': { name: 'shop-live', region: us, build_stack: container },
  '/apps/blog-live': { name: 'blog-live', region: us, build_stack: container },
});
const key = { key: 'HEROKU_API_KEY', environment_scope: 'production/*' };
const gitlab = apiOf({
  '/user': { username: 'ann' },
  '/projects/ann%2Fshop': { id: 7, name: 'shop', visibility: 'private' },
  '/projects/ann%2Fblog': { id: 8, name: 'blog', visibility: 'private' },
  '/projects/7/variables?per_page=100': [key],
  '/projects/8/variables?per_page=100': [key],
  '/projects/8/protected_branches?per_page=100': [{ name: 'main' }],
});

test('of two apps in one file, each is imported to its own address, with what belongs to it', async () => {
  const { found, notes } = await findExisting(await twoApps(), new Set(), { heroku, gitlab }, { env: {} });
  expect(notes).toEqual([]);
  expect(Object.fromEntries(found.map(({ to, id }) => [to, id]))).toEqual({
    'heroku_app.shop': 'shop-live',
    'heroku_app.blog': 'blog-live',
    'gitlab_project.shop': '7',
    'gitlab_project.blog': '8',
    'gitlab_project_variable.heroku_token': '7:HEROKU_API_KEY:production/*',
    'gitlab_project_variable.blog_heroku_token': '8:HEROKU_API_KEY:production/*',
    'gitlab_branch_protection.blog': '8:main',
  });
  expect(found.flatMap(({ warnings }) => warnings)).toEqual([
    expect.stringContaining('the app is in the region us, not eu'),
  ]);
});

test('one project that is named is refused for two', async () => {
  await expect(
    findExisting(await twoApps(), new Set(), { heroku, gitlab }, { project: 'acme/shop', env: {} }),
  ).rejects.toMatchObject({
    code: 'SETTINGS_INVALID',
    message: expect.stringContaining('declares 2'),
  });
});

test('of two apps in one file, each is compared with its own', async () => {
  const known = { file: await twoApps(), stored: [], env: {} };
  const live = [...(await readHeroku(known, heroku)), ...(await readGitlab(known, gitlab))];
  const names = live.flatMap(({ declared, live: exists }) =>
    ['heroku_app', 'gitlab_project'].includes(declared.type) ? [[declared.address, exists?.['name']]] : [],
  );
  expect(Object.fromEntries(names)).toEqual({
    'heroku_app.shop': 'shop-live',
    'heroku_app.blog': 'blog-live',
    'gitlab_project.shop': 'shop',
    'gitlab_project.blog': 'blog',
  });
  const deploy = (app: string) => compareDeploy({ app, configVars: [], ciVariables: undefined }, known);
  expect([...deploy('shop-live'), ...deploy('blog-live')]).toEqual([]);
  expect(deploy('other')).toEqual([
    { side: 'deploy.json', text: 'deploys to other, and cdk.tf.json declares the apps blog-live and shop-live' },
  ]);
});

test('what the next apply changes is said, without values of variables', async () => {
  const changed = apiOf({
    '/apps/shop-live': { name: 'shop-live', region: us, build_stack: container },
    '/apps/blog-live': { name: 'blog-live', region: { name: 'eu' }, build_stack: container, web_url: 'https://blog/' },
  });
  const other = apiOf({
    '/user': { username: 'ann' },
    '/projects/ann%2Fshop': { id: 7, name: 'shop', visibility: 'private' },
    '/projects/ann%2Fblog': { id: 8, name: 'blog', visibility: 'private', description: 'Mine, all mine' },
    '/projects/8/variables?per_page=100': [
      { ...key, value: 'HRKU-5ecret', protected: true, masked: true, description: 'The API key for deploys' },
    ],
    '/projects/8/protected_branches?per_page=100': [
      {
        name: 'main',
        push_access_levels: [{ access_level: 0 }],
        merge_access_levels: [{ access_level: 40 }],
        allow_force_push: true,
      },
    ],
    '/projects/8/environments?per_page=100': [
      { id: 3, name: 'production/blog', external_url: 'https://old.example.com', tier: 'other', description: null },
    ],
  });
  const env = { TF_VAR_heroku_api_key: 'HRKU-0ther' };
  const { found, notes } = await findExisting(await twoApps(), new Set(), { heroku: changed, gitlab: other }, { env });
  expect(notes).toEqual([]);
  const warnings = Object.fromEntries(found.flatMap(({ to, warnings: all }) => (all.length > 0 ? [[to, all]] : [])));
  expect(warnings).toEqual({
    'gitlab_project.blog': ['the next apply deletes its description "Mine, all mine"'],
    'gitlab_project_variable.blog_heroku_token': ['the next apply sets another value'],
    'gitlab_branch_protection.blog': [
      'the next apply changes its allow_force_push from true to false',
      'the next apply changes its push_access_level from "no one" to maintainer',
    ],
    'gitlab_project_environment.blog': [
      'the next apply changes its external_url from https://old.example.com to https://blog/',
      'the next apply changes its tier from other to production',
    ],
  });
});

test('a variable’s other scopes are named, because no apply deletes them', async () => {
  const scoped = (scope: string) => ({ key: 'HEROKU_API_KEY', environment_scope: scope });
  const withScopes = (...scopes: string[]): ReadApi =>
    apiOf({
      '/user': { username: 'ann' },
      '/projects/ann%2Fshop': { id: 7, name: 'shop' },
      '/projects/ann%2Fblog': { id: 8, name: 'blog' },
      '/projects/7/variables?per_page=100': scopes.map(scoped),
    });
  const notesOf = async (api: ReadApi) =>
    (await findExisting(await twoApps(), new Set(), { heroku, gitlab: api }, { env: {} })).notes;
  const every = expect.stringContaining('HEROKU_API_KEY also exists with the scope *: every job can read it');
  const staging = expect.stringContaining('with the scope staging: the jobs of staging can read it');
  expect(await notesOf(withScopes('*', 'staging'))).toEqual([every, staging]);
  expect(await notesOf(withScopes('*', 'production/*'))).toEqual([every]);
  expect(await notesOf(withScopes('*'))).toEqual([]);
});

test('an app or project that does not exist is named', async () => {
  const nothing = apiOf({ '/user': { username: 'ann' } });
  const file = await twoApps();
  const notesOf = async (known: string[]) =>
    (await findExisting(file, new Set(known), { heroku: nothing, gitlab: nothing }, { env: {} })).notes;
  expect(await notesOf([])).toEqual([
    expect.stringContaining('heroku_app.blog: Heroku has no app blog-live'),
    expect.stringContaining('heroku_app.shop: Heroku has no app shop-live'),
    expect.stringContaining("gitlab_project.blog: GitLab doesn't have a project ann/blog"),
    expect.stringContaining("gitlab_project.shop: GitLab doesn't have a project ann/shop"),
  ]);
  expect(await notesOf(['heroku_app.blog', 'heroku_app.shop', 'gitlab_project.blog', 'gitlab_project.shop'])).toEqual(
    [],
  );
});

test('a project that is named and does not exist is refused', async () => {
  const file = await twoApps();
  const one = { ...file, resources: file.resources.filter(({ address }) => address !== 'gitlab_project.blog') };
  await expect(
    findExisting(one, new Set(), { heroku, gitlab }, { project: 'acme/nothing', env: {} }),
  ).rejects.toMatchObject({
    code: 'SETTINGS_INVALID',
    message: expect.stringContaining('has no project acme/nothing'),
  });
});
