import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Seed, startSandbox } from '@tozo/sandbox';
import { ociLayout } from '../testing/oci-layout.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { until } from '../testing/until.ts';
import { parseSeed } from './seed.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the seed in the README has releases, dynos, environments and deployments', async () => {
  const seed = parseSeed(JSON.parse(/```json\n(\{\n {2}"time"[^]*?)```/.exec(readme)?.[1] ?? ''), 'README.md');
  await using sandbox = await startSandbox({ seed });
  const heroku = new HerokuApi(sandbox);
  const releases = await heroku.releases('shop');
  expect(
    releases.slice(2).map(({ description, status }) => [description.replace(/[0-9a-f]{12}/, 'ID'), status]),
  ).toEqual([
    ['Deployed web (ID), Set LOG_LEVEL config vars', 'succeeded'],
    ['Deployed web (ID)', 'succeeded'],
  ]);
  expect((await heroku.get('/apps/shop/formation/web')).body).toMatchObject({ quantity: 2, size: 'Standard-1X' });
  const text = async () => (await fetch(sandbox.appUrl('shop') ?? '')).text();
  await until(text, (found) => found === 'second, debug');
  await heroku.request('POST', '/apps/shop/releases', { body: { release: releases[2]?.id } });
  await until(text, (found) => found === 'first, debug');
  const gitlab = new GitlabApi(sandbox);
  const project = '/projects/store%2Fshop';
  expect((await gitlab.request('GET', `${project}/environments`)).body).toMatchObject([
    { name: 'production', tier: 'production' },
    { name: 'review', tier: 'development' },
  ]);
  expect((await gitlab.request('GET', `${project}/deployments`)).body).toMatchObject([
    { status: 'success', environment: { name: 'production' } },
  ]);
});

test('what was being created when the sandbox was killed is created anew', async () => {
  await using directory = await temporaryDirectory();
  const seed: Seed = {
    apps: [{ name: 'shop', configVars: { LOG_LEVEL: 'debug' } }],
    projects: [{ path: 'store/shop', variables: [{ key: 'API_URL', value: 'https://example.com' }] }],
  };
  for (const item of [
    { kind: 'app', name: 'shop' },
    { kind: 'project', name: 'store/shop' },
  ]) {
    {
      await using half = await startSandbox({ dir: directory.path, projects: ['store/shop'] });
      if (half.appUrl('shop') === undefined) await half.createApp('shop');
    }
    await writeFile(join(directory.path, 'seeding.json'), JSON.stringify(item));
    await using sandbox = await startSandbox({ dir: directory.path, projects: [], seed });
    const { body: vars } = await new HerokuApi(sandbox).get('/apps/shop/config-vars');
    expect(vars).toEqual({ LOG_LEVEL: 'debug' });
    if (item.kind === 'app') continue;
    expect((await new GitlabApi(sandbox).request('GET', '/projects/store%2Fshop/variables')).body).toMatchObject([
      { key: 'API_URL' },
    ]);
  }
});

test('an image can be an OCI layout', async () => {
  await using directory = await temporaryDirectory();
  await ociLayout(directory.path, "setInterval(() => console.log('from the layout'), 50)");
  const releases = [{ images: { worker: { layout: directory.path } } }];
  await using sandbox = await startSandbox({
    seed: { apps: [{ name: 'shop', releases, formation: { worker: { quantity: 1 } } }] },
  });
  const log = await until(
    () => new HerokuApi(sandbox).log('shop'),
    (text) => text.includes('from the layout'),
  );
  expect(log).toMatch(/app\[worker\.1\]: from the layout/);
});

test('all errors have their paths', () => {
  const image = { files: { '../etc/passwd': 'x', 'app/main.js': 1 }, env: [1] };
  const seed = {
    time: 'tomorrow',
    apps: [
      {
        name: 'shop',
        releases: [{ images: { web: image, worker: { layout: '/nonexistent' }, 'a b': 1 }, configVars: { A: 1 } }],
        formation: { web: { quantity: -1, size: 'huge' } },
      },
    ],
    projects: [
      { path: 'store/shop', environments: [{ tier: 'live' }], deployments: [{ environment: 'x', sha: 'main' }] },
    ],
  };
  for (const problem of [
    'the seed has 15 errors:',
    'time must be a time',
    'apps[0].releases[0].images.web.files.../etc/passwd must be a path in the image',
    'apps[0].releases[0].images.web.files.app/main.js must be a string',
    'apps[0].releases[0].images.web.env[0] must be of the form NAME=value',
    'apps[0].releases[0].images.web.command is missing',
    'apps[0].releases[0].images.worker.layout must be the directory of an OCI image layout',
    "apps[0].releases[0].images.a b isn't a process type",
    'apps[0].releases[0].images.a b must be an object',
    'apps[0].releases[0].configVars.A must be a string',
    'apps[0].formation.web.quantity must be a number from 0 to 100',
    'apps[0].formation.web.size: No such dyno size as huge.',
    'projects[0].environments[0].name is missing',
    'projects[0].environments[0].tier must be one of production',
    "projects[0].deployments[0].sha must be a commit's 40 hex digits",
    'projects[0].deployments[0].status is missing',
  ]) {
    expect(() => parseSeed(seed as unknown as Seed, 'seed')).toThrow(problem);
  }
});

test('a process type in the formation needs an image', () => {
  const releases = [{ images: { web: { files: {}, command: ['node'] } } }];
  const app = { name: 'shop', releases, formation: { web: { quantity: 1 }, wrker: { quantity: 1 } } };
  expect(() => parseSeed({ apps: [app] }, 'seed')).toThrow(
    /has 1 error:\n {2}apps\[0\]\.formation\.wrker has no image: add one to a release$/,
  );
});

test('the formation is within Heroku’s limits', () => {
  const image = { files: {}, command: ['node'] };
  const releases = [{ images: { web: image, worker: image } }];
  const parse = (formation: NonNullable<Seed['apps']>[number]['formation'] & object) =>
    parseSeed({ apps: [{ name: 'shop', releases, formation }] }, 'seed');
  expect(() => parse({ web: { quantity: 2 } })).toThrow(
    'apps[0].formation: Cannot update to more than 1 Basic size dynos per process type.',
  );
  expect(() => parse({ web: { size: 'Standard-1X' }, worker: { quantity: 1, size: 'Basic' } })).toThrow(
    'apps[0].formation: Cannot use the following dyno types in the same app: Standard-1X and Basic',
  );
  expect(() => parse({ web: { size: 'Standard-1X' }, worker: { quantity: 2 } })).not.toThrow();
});

test('releases are described as the sandbox assumes', async () => {
  const releases = [{ images: { worker: { files: {}, command: ['node'] } } }];
  await using sandbox = await startSandbox({
    seed: { apps: [{ name: 'shop', releases }] },
    assumptions: { releaseDescriptions: 'plain' },
  });
  expect((await new HerokuApi(sandbox).newestRelease('shop')).description).toBe('Deployed worker');
});
