import { Secret } from '@tozo/heroku-client';
import { type Digest, digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import { isUnchanged } from './plan.ts';
import { planDeploy } from './plan-deploy.ts';
import type { BuildOutline, BuiltImages, Image } from '../ports.ts';
import type { CurrentState } from '../state/current-state.ts';

const oldImage = digestOf('old');
const newImage = digestOf('new');
const sourceDigest = digestOf('source');
const config = parseConfig('{"processes": {"web": {"health": {"versionHeader": "x-version"}}, "release": {}}}');

const outline: BuildOutline = {
  builder: 'direct',
  reason: 'the Dockerfile runs nothing',
  warnings: [],
  declaresSourceDigest: true,
};

function built(imageId: Digest): BuiltImages {
  const image = { imageId, config: {}, configBytes: Buffer.alloc(0), layers: [] } as unknown as Image;
  return {
    ...outline,
    sourceDigest,
    layers: [],
    images: { web: image, release: image },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const current: CurrentState = {
  app: { id: '01234567-89ab-4cde-8f01-23456789abcd', name: 'shop', webUrl: 'https://shop-123.herokuapp.com/' },
  configVars: { LOG_LEVEL: new Secret('info') },
  formation: { web: 1 },
  configVarsNotInEffect: [],
  removals: [],
  records: [],
  releases: [],
  newestVersion: 3,
  ranBefore: true,
  preboot: false,
  unknowns: [],
  registry: { web: oldImage, release: oldImage },
  running: { kind: 'known', images: { web: oldImage, release: oldImage } },
};

test('plans nothing when the image is already running', () => {
  const plan = planDeploy(config, {}, built(oldImage), { ...current, formation: { web: 1, release: 0 } });
  expect(plan.release).toEqual({ needed: false, reason: 'these images are already running', phase: true });
  expect(isUnchanged(plan)).toBe(true);
});

test('releases a type that the formation no longer has, although an earlier release names its image', () => {
  const plan = planDeploy(config, {}, built(oldImage), current);
  expect(plan.release).toEqual({ needed: true, reason: 'the running images are unknown: of release', phase: true });
  const other = { ...current, running: { kind: 'known', images: { web: oldImage } } } as const;
  expect(planDeploy(config, {}, built(oldImage), other).release).toMatchObject({ reason: 'new image for release' });
});

test('pushes and releases a new image for every process type that differs', () => {
  const plan = planDeploy(config, {}, built(newImage), current);
  expect(plan.release).toEqual({ needed: true, reason: 'new image for web, release', phase: true });
  expect(plan.images.map(({ pushed }) => pushed)).toEqual([false, false]);
  expect(isUnchanged(plan)).toBe(false);
});

test("releases an image that is in the registry but doesn't run, without a push", () => {
  const failedBefore = { ...current, registry: { web: newImage, release: newImage } };
  const plan = planDeploy(config, {}, built(newImage), failedBefore);
  expect(plan.images.every(({ pushed }) => pushed)).toBe(true);
  expect(plan.release.needed).toBe(true);
});

test('releases when the running images are unknown', () => {
  const unknown: CurrentState = { ...current, running: { kind: 'unknown', reason: 'the app has no current release' } };
  const plan = planDeploy(config, {}, built(oldImage), unknown);
  expect(plan.release).toMatchObject({
    needed: true,
    reason: 'the running images are unknown: the app has no current release',
  });
});

test('is never "unchanged" before the image is built', () => {
  expect(isUnchanged(planDeploy(config, {}, outline, current))).toBe(false);
});

test('sets only config vars that differ, and names them without their values', () => {
  const plan = planDeploy(
    config,
    { LOG_LEVEL: new Secret('debug'), TOKEN: new Secret('hush-hush') },
    built(oldImage),
    current,
  );
  expect(plan.configVars).toEqual({ set: ['LOG_LEVEL', 'TOKEN'], unchanged: [], notInEffect: [], phase: false });
  expect(JSON.stringify(plan)).not.toContain('hush-hush');
  expect(isUnchanged(plan)).toBe(false);
});

test('says that config vars run the release phase of what runs, not that of the new images', () => {
  const withPhase = { ...current, formation: { ...current.formation, release: 0 } };
  const phaseOf = (state: CurrentState, level: string): boolean =>
    planDeploy(config, { LOG_LEVEL: new Secret(level) }, outline, state).configVars.phase;
  expect(phaseOf(current, 'debug')).toBe(false);
  expect(phaseOf(withPhase, 'debug')).toBe(true);
  expect(phaseOf(withPhase, 'info')).toBe(false);
});

test('sets a config var again whose release failed, although the API shows its value (fault 105, deploy)', () => {
  const failed = { ...current, configVarsNotInEffect: ['LOG_LEVEL', 'OTHER'] };
  const plan = planDeploy(config, { LOG_LEVEL: new Secret('info') }, built(oldImage), failed);
  expect(plan.configVars).toEqual({ set: ['LOG_LEVEL'], unchanged: [], notInEffect: ['LOG_LEVEL'], phase: false });
  expect(isUnchanged(plan)).toBe(false);
});

test('warns that a version header without ARG SOURCE_DIGEST proves nothing', () => {
  const plan = planDeploy(config, {}, { ...built(oldImage), declaresSourceDigest: false }, current);
  expect(plan.verify.by).toBe('status');
  expect(plan.warnings).toContainEqual(expect.stringContaining('Add ARG SOURCE_DIGEST'));
});

test('expects the source digest in the version header once the image is built', () => {
  expect(planDeploy(config, {}, built(newImage), current).verify).toMatchObject({
    by: 'marker',
    marker: { header: 'x-version', value: sourceDigest },
  });
  expect(planDeploy(config, {}, outline, current).verify.marker).toBeUndefined();
});
