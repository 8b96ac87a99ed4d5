import type { DeployPlan } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { renderPlan } from './plan.ts';

const oldImage = `sha256:${'142013fe2b5c'.padEnd(64, '0')}` as const;
const newImage = `sha256:${'6f1a03b2c4d5'.padEnd(64, '0')}` as const;

const unchanged: DeployPlan = {
  app: 'shop',
  build: { builder: 'direct', reason: 'the Dockerfile runs nothing', layers: [] },
  images: [{ type: 'web', repository: 'shop/web', imageId: oldImage, running: oldImage, pushed: true }],
  push: { sentLayers: 0, sentBytes: 0, reusedLayers: 0, reusedBytes: 0 },
  configVars: { set: [], unchanged: ['LOG_LEVEL'], notInEffect: [], phase: false },
  scale: [],
  keptCounts: [],
  dynos: { web: 2 },
  removals: [],
  othersTypes: [],
  restarts: [],
  release: { needed: false, reason: 'these images are already running', phase: false },
  preboot: false,
  verify: { health: {} as DeployPlan['verify']['health'], by: 'marker' },
  rollback: 'auto',
  warnings: [],
  unknowns: [],
  basis: { appId: 'id-shop', formation: { web: 2 }, configVars: ['LOG_LEVEL'], config: oldImage },
};

test('a plan of nothing says so, and still shows what runs and what is left (fault 110, deploy)', () => {
  const plan: DeployPlan = {
    ...unchanged,
    keptCounts: [{ type: 'web', declared: 1, actual: 2 }],
    othersTypes: ['cron'],
    unknowns: ['No record was found.'],
  };
  expect(renderPlan(plan)).toBe(`  plan     nothing to do: this version is already running
  image    web  142013fe2b5c, as now  2 dynos
  keep     web  2 dynos, although deploy.json says 1. To change it: heroku ps:scale web=1 -a shop
  leave    cron, which isn't in deploy.json
  unknown  No record was found.
`);
});

test('a plan shows everything that the deploy will do (faults 106, 108, 110, deploy)', () => {
  const plan: DeployPlan = {
    ...unchanged,
    build: {
      ...unchanged.build,
      base: { reference: 'docker.io/library/node:20-slim', standIn: true },
      layers: [
        { instruction: 'COPY package.json ./', files: 1, size: 120, reused: true },
        { instruction: 'COPY dist ./', files: 12, size: 46_200_000, reused: false },
      ],
    },
    push: { sentLayers: 1, sentBytes: 46_200_000, reusedLayers: 4, reusedBytes: 28_000_000 },
    images: [
      { type: 'web', repository: 'shop/web', imageId: newImage, running: oldImage, pushed: false },
      { type: 'clock', repository: 'shop/clock', imageId: newImage, command: ['node', 'clock.js'], pushed: false },
      { type: 'release', repository: 'shop/release', imageId: newImage, pushed: false },
    ],
    configVars: { set: ['LOG_LEVEL', 'TOKEN'], unchanged: ['NODE_ENV'], notInEffect: ['TOKEN'], phase: true },
    release: { needed: true, reason: 'new image for web, clock, release', phase: true },
    restarts: ['web', 'worker'],
    scale: [
      { type: 'clock', from: undefined, to: 1, reason: 'first-deploy' },
      { type: 'web', from: 1, to: 2, reason: 'declared-count-changed' },
    ],
    dynos: { web: 2, clock: 1 },
    removals: ['worker'],
    preboot: true,
    rollbackTarget: { id: 'id-41', version: 41, keptUntil: '2026-12-30T12:00:00.000Z' },
  };
  expect(renderPlan(plan)).toBe(`  build    direct: the Dockerfile runs nothing
           from docker.io/library/node:20-slim (stand-in base)
           = COPY package.json ./  (1 file, 120 B)
           + COPY dist ./  (12 files, 46.2 MB)
  push     46.2 MB to send, 28.0 MB reused: 1 new layer, 4 layers reused
  image    web  142013fe2b5c → 6f1a03b2c4d5  2 dynos
  image    clock  unknown or none → 6f1a03b2c4d5  1 dyno  node clock.js
  image    release  unknown or none → 6f1a03b2c4d5
  config   set LOG_LEVEL, TOKEN
           TOKEN again: the release that set this value failed, so it isn't in effect
           a release of its own: the release phase of what runs now runs first
           unchanged NODE_ENV
  release  new image for web, clock, release
           the release phase runs first
  restart  web, worker
  scale    clock  0 → 1 dyno (its first deploy)
  scale    web  1 → 2 dynos (deploy.json declares another number)
  remove   worker, once the new version is verified: deploy.json no longer lists it
  verify   dynos up, URL healthy, version proven; with Preboot, the old version responds for minutes
  failing  rolled back to v41, which Heroku keeps until 2026-12-30 at least; what the release phase changed stays
`);
});

test.each([
  [{ web: 0, worker: 1 }, 'dynos up; no web dyno is set to run, so the URL is not checked'],
  [{ web: 0 }, 'nothing: no dyno is set to run'],
])('without web dynos, no plan says that the URL is checked', (dynos, verified) => {
  const line = `  verify   ${verified}\n`;
  const changed = { ...unchanged, dynos, configVars: { ...unchanged.configVars, set: ['TOKEN'] } };
  expect(renderPlan({ ...unchanged, dynos })).toContain(line);
  expect(renderPlan(changed)).toContain(line);
});

test('what the release phase of new config vars changes stays after a rollback, too', () => {
  const configVars = { set: ['TOKEN'], unchanged: [], notInEffect: [], phase: true };
  const plan: DeployPlan = { ...unchanged, configVars, rollbackTarget: { id: 'id-41', version: 41 } };
  expect(renderPlan(plan)).toContain('  failing  rolled back to v41; what the release phase changed stays\n');
});

test('a plan before the build says what is unknown, and that nothing ran before (fault 107, deploy)', () => {
  const { push: _, ...rest } = unchanged;
  const plan: DeployPlan = {
    ...rest,
    images: [{ type: 'web', repository: 'shop/web', pushed: false }],
    release: { needed: true, reason: 'the image is unknown until it is built', phase: false },
  };
  const text = renderPlan(plan);
  expect(text).toContain('  push     unknown until the image is built\n');
  expect(text).toContain('  image    web  none → unknown until built  2 dynos\n');
  expect(text).toContain('  failing  stays as it is: there is no earlier version to go back to\n');
});

test('the plan of a promotion says where the images come from, and what the registry takes over', () => {
  const plan: DeployPlan = {
    ...unchanged,
    build: {
      ...unchanged.build,
      imagesFrom: {
        app: 'shop-staging',
        environment: 'staging',
        release: 7,
        commit: 'ab'.repeat(20),
        at: '2026-11-30T05:04:03.021Z',
      },
    },
    images: [{ type: 'web', repository: 'shop/web', imageId: newImage, running: oldImage, pushed: false }],
    push: {
      sentLayers: 0,
      sentBytes: 0,
      reusedLayers: 1,
      reusedBytes: 2_000,
      mountable: { layers: 3, bytes: 46_200_000 },
    },
  };
  expect(renderPlan(plan).split('\n').slice(0, 4)).toEqual([
    '  from     staging (shop-staging) v7, commit abababababab, verified 2026-11-30T05:04Z',
    '  push     0 B to send, 2.0 kB reused: 1 layer reused',
    "           3 layers, 46.2 MB of other repositories: reused, or sent if the registry can't mount them",
    '  image    web  142013fe2b5c → 6f1a03b2c4d5  2 dynos',
  ]);
});
