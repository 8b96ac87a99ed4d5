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
  const found = await findExisting(await twoApps(), new Set(), { heroku, gitlab });
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
  await expect(findExisting(await twoApps(), new Set(), { heroku, gitlab }, 'acme/shop')).rejects.toMatchObject({
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
