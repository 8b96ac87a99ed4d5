import { expect, test } from 'vitest';
import type { PipelineApp } from './app.ts';
import { app } from '../testing/app.ts';
import { createPipeline } from './create-pipeline.ts';

const promoted = app('shop', {
  environments: [
    { name: 'staging', herokuApp: 'shop-staging' },
    { name: 'live', herokuApp: 'shop-live', after: 'staging' },
    { name: 'eu', herokuApp: 'shop-eu', after: 'live' },
  ],
});

const namesOf = (apps: readonly PipelineApp[], single = false): string[] =>
  Object.keys(createPipeline(apps, { single }).jobs);

test('writes one deploy job for each app', () => {
  const { stages, jobs } = createPipeline([app('shop'), app('api')]);
  expect(stages).toEqual(['lint-test', 'build', 'test', 'deploy']);
  expect(Object.keys(jobs)).toEqual(['lint-test', 'deploy api', 'deploy shop', 'roll back api', 'roll back shop']);
  expect(jobs['deploy shop']).toEqual({
    extends: '.tozo-deploy',
    stage: 'deploy',
    rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' }],
    dependencies: ['lint-test'],
    environment: { name: 'production/shop', url: '$TOZO_ENVIRONMENT_URL', deployment_tier: 'production' },
    resource_group: 'shop-live',
    interruptible: false,
    allow_failure: { exit_codes: [75] },
    variables: { TOZO_APPS: 'apps/shop', TOZO_BUILDS: 'apps/shop/dist', TOZO_ENVIRONMENT: '' },
  });
});

test('needs no app', () => {
  expect(createPipeline([])).toEqual({
    stages: ['lint-test', 'build', 'test', 'deploy'],
    jobs: { 'lint-test': { artifacts: { paths: ['.tozo/'] } } },
  });
});

test('hands over what lint-test built, each path once', () => {
  const outputs = ['dist/apps/shop/', 'apps/shop/dist'];
  expect(createPipeline([app('shop', { outputs }), app('api', { outputs })]).jobs['lint-test']).toEqual({
    artifacts: { paths: ['.tozo/', 'apps/shop/dist/', 'dist/apps/shop/'] },
  });
});

test('separates builds by colons, because a path may have spaces', () => {
  const { jobs } = createPipeline([app('shop', { outputs: ['apps/shop/my dist', 'dist/shop/'] })]);
  expect(jobs['deploy shop']?.['variables']).toMatchObject({ TOZO_BUILDS: 'apps/shop/my dist:dist/shop' });
});

test('is the same for every order of the apps', () => {
  const apps = [app('shop'), app('api', { after: ['web'] }), app('web')];
  expect(createPipeline(apps.toReversed())).toEqual(createPipeline(apps));
});

test('no deploy job has needs: a stage waits for every job before it', () => {
  const { jobs } = createPipeline([promoted, app('api', { after: ['shop'] }), app('web', { after: ['api'] })]);
  const deploys = Object.values(jobs).filter((job) => job['extends'] === '.tozo-deploy');
  expect(deploys.map(({ stage }) => stage)).toEqual(['deploy', 'deploy-2', 'deploy-3']);
  for (const job of deploys) expect(job).not.toHaveProperty('needs');
});

test('deploys dependencies in an earlier stage', () => {
  const { stages, jobs } = createPipeline([app('shop', { after: ['api', 'unknown'] }), app('api')]);
  expect(stages).toEqual(['lint-test', 'build', 'test', 'deploy', 'deploy-2']);
  expect([jobs['deploy api']?.['stage'], jobs['deploy shop']?.['stage']]).toEqual(['deploy', 'deploy-2']);
});

test('refuses a circle of dependencies, and names it', () => {
  const apps = [app('a', { after: ['b'] }), app('b', { after: ['c'] }), app('c', { after: ['b'] })];
  expect(() => createPipeline(apps)).toThrow('The deploy targets depend on each other: b → c → b.');
});

test('promotes by hand what an earlier environment has verified', () => {
  const { jobs } = createPipeline([promoted]);
  expect(Object.keys(jobs)).toEqual([
    'lint-test',
    'deploy shop to staging',
    'promote shop to live',
    'promote shop to eu',
    'roll back shop in staging',
    'roll back shop in live',
    'roll back shop in eu',
  ]);
  expect(jobs['deploy shop to staging']?.['environment']).toEqual({
    name: 'staging/shop',
    url: '$TOZO_ENVIRONMENT_URL',
    deployment_tier: 'staging',
  });
  expect(jobs['promote shop to live']).toEqual({
    extends: '.tozo-promote',
    stage: 'deploy',
    rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH', when: 'manual', allow_failure: true }],
    needs: [{ job: 'deploy shop to staging', artifacts: false }],
    dependencies: [],
    environment: { name: 'live/shop', url: '$TOZO_ENVIRONMENT_URL', deployment_tier: 'staging' },
    resource_group: 'shop-live',
    interruptible: false,
    variables: { TOZO_APPS: 'apps/shop', TOZO_ENVIRONMENT: 'live', TOZO_PROMOTE_FROM: 'staging' },
  });
  expect(jobs['promote shop to eu']).toMatchObject({
    needs: [{ job: 'promote shop to live', artifacts: false }],
    environment: { deployment_tier: 'production' },
  });
});

test('environments that come after none are deployed independently', () => {
  const environments = [
    { name: 'staging', herokuApp: 'shop-staging' },
    { name: 'production', herokuApp: 'shop-live' },
  ];
  expect(namesOf([app('shop', { environments })]).slice(1, 3)).toEqual([
    'deploy shop to staging',
    'deploy shop to production',
  ]);
});

test('rolls back by hand, without waiting and without a deployment in GitLab', () => {
  expect(createPipeline([app('shop')]).jobs['roll back shop']).toMatchObject({
    extends: '.tozo-rollback',
    needs: [],
    dependencies: [],
    environment: { name: 'production/shop', action: 'access' },
    resource_group: 'shop-live',
    rules: [{ when: 'manual', allow_failure: true }],
  });
});

test('one job deploys all apps of an environment, dependencies first', () => {
  const { stages, jobs } = createPipeline([app('api', { after: ['web'] }), app('web'), promoted], { single: true });
  expect(stages).toEqual(['lint-test', 'build', 'test', 'deploy']);
  expect(jobs['deploy']).toMatchObject({
    environment: { name: 'production/all', deployment_tier: 'production' },
    resource_group: 'production/all',
    variables: { TOZO_APPS: 'apps/web apps/api' },
  });
  expect(jobs['promote shop to live']?.['needs']).toEqual([{ job: 'deploy to staging', artifacts: false }]);
  expect(jobs['roll back web']).toMatchObject({ resource_group: 'production/all' });
});

test('takes the tool from a job that builds it', () => {
  const { jobs } = createPipeline([promoted], { toolJob: 'tool' });
  expect(jobs['deploy shop to staging']?.['dependencies']).toEqual(['lint-test', 'tool']);
  expect(jobs['promote shop to live']).toMatchObject({
    needs: [
      { job: 'deploy shop to staging', artifacts: false },
      { job: 'tool', artifacts: true },
    ],
    dependencies: ['tool'],
  });
  expect(jobs['roll back shop in eu']).toMatchObject({ needs: ['tool'], dependencies: ['tool'] });
});

test('queues apps whose name is in a variable by their environment', () => {
  const { herokuApp: _, ...unnamed } = app('shop');
  expect(createPipeline([unnamed]).jobs['deploy shop']?.['resource_group']).toBe('production/shop');
});

test('refuses projects that would share an environment (fault 130, gitlab)', () => {
  expect(() => createPipeline([app('@acme/shop'), app('acme-shop')])).toThrow(
    'The projects @acme/shop and acme-shop would share the GitLab environment production/acme-shop',
  );
});

test.each([
  [{ project: 'shop$HEROKU_API_KEY' }, /project name "shop\$HEROKU_API_KEY"/],
  [{ project: 'a\nb' }, /project name "a\\nb"/],
  [{ directory: 'apps/my shop' }, /path "apps\/my shop"/],
  [{ directory: 'apps/`id`' }, /path/],
  [{ directory: '-rf' }, /path/],
  [{ outputs: ['../other'] }, /path "\.\.\/other"/],
  [{ outputs: ['dist:lib'] }, /shop: the path "dist:lib"/],
  [{ outputs: ['/etc'] }, /path "\/etc"/],
])('refuses names that mean something to a shell or to GitLab: %j', (more, message) => {
  expect(() => createPipeline([app('shop', more)])).toThrow(message);
});

test.each(['', 'a\nb', "it's", '$CI', '--single'])('refuses the tool job %j', (toolJob) => {
  expect(() => createPipeline([], { toolJob })).toThrow(
    `--tool-job: ${JSON.stringify(toolJob)} can't be the name of a job`,
  );
});

test('60 apps write one variable each, and lint-test hands over one file (fault 128, gitlab)', () => {
  const { jobs } = createPipeline(Array.from({ length: 60 }, (_, index) => app(`app-${index}`)));
  expect(JSON.stringify(jobs)).not.toContain('dotenv');
});
