import { Secret } from '@tozo/heroku-client';
import { type Digest, digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import type { CurrentState } from './current-state.ts';
import type { Described } from './describe.ts';
import { parseConfig } from './load-config.ts';
import { isUnchanged, planDeploy } from './plan.ts';

const oldImage = digestOf('old');
const newImage = digestOf('new');
const config = parseConfig('{"processes": {"web": {"health": {"versionHeader": "x-version"}}, "release": {}}}');

function described(imageId: Digest | undefined): Described {
  return {
    builder: 'direct',
    reason: 'the Dockerfile runs nothing',
    warnings: [],
    declaresSourceDigest: true,
    ...(imageId ? { imageIds: { web: imageId, release: imageId } } : {}),
  };
}

const current: CurrentState = {
  app: { name: 'shop', webUrl: 'https://shop-123.herokuapp.com/' },
  configVars: { LOG_LEVEL: new Secret('info') },
  formation: { web: 1 },
  newestVersion: 3,
  registry: { web: oldImage, release: oldImage },
  running: { kind: 'known', images: { web: oldImage, release: oldImage } },
};

test('the image that runs already: nothing is to be done', () => {
  const plan = planDeploy(config, {}, described(oldImage), current);
  expect(plan.release).toEqual({ needed: false, reason: 'these images run already' });
  expect(isUnchanged(plan)).toBe(true);
});

test('another image is pushed and released for every type that differs', () => {
  const plan = planDeploy(config, {}, described(newImage), current);
  expect(plan.release).toEqual({ needed: true, reason: 'another image for web, release' });
  expect(plan.images.map(({ pushed }) => pushed)).toEqual([false, false]);
  expect(isUnchanged(plan)).toBe(false);
});

test('an image that lies in the registry but does not run is released without a push', () => {
  const failedBefore = { ...current, registry: { web: newImage, release: newImage } };
  const plan = planDeploy(config, {}, described(newImage), failedBefore);
  expect(plan.images.every(({ pushed }) => pushed)).toBe(true);
  expect(plan.release.needed).toBe(true);
});

test('what runs now is not known: it is released to be sure', () => {
  const unknown: CurrentState = { ...current, running: { kind: 'unknown', reason: 'no release is current' } };
  const plan = planDeploy(config, {}, described(oldImage), unknown);
  expect(plan.release).toEqual({ needed: true, reason: 'what runs now is not known: no release is current' });
});

test('an image that is unknown until it is built is never "unchanged"', () => {
  expect(isUnchanged(planDeploy(config, {}, described(undefined), current))).toBe(false);
});

test('only config vars that differ are set, and the plan names them without their values', () => {
  const plan = planDeploy(
    config,
    { LOG_LEVEL: new Secret('debug'), TOKEN: new Secret('hush-hush') },
    described(oldImage),
    current,
  );
  expect(plan.configVars).toEqual({ set: ['LOG_LEVEL', 'TOKEN'], unchanged: [] });
  expect(JSON.stringify(plan)).not.toContain('hush-hush');
  expect(isUnchanged(plan)).toBe(false);
});

test('only a declared number of dynos that differs is a change of scale', () => {
  const scaled = parseConfig('{"processes": {"web": {"dynos": 2}, "worker": {}}}');
  expect(planDeploy(scaled, {}, described(oldImage), current).scale).toEqual([{ type: 'web', from: 1, to: 2 }]);
});

test('a version header without ARG SOURCE_DIGEST proves nothing, and the plan says how to mend it', () => {
  const plan = planDeploy(config, {}, { ...described(oldImage), declaresSourceDigest: false }, current);
  expect(plan.verify.by).toBe('status');
  expect(plan.warnings).toEqual([expect.stringContaining('Add ARG SOURCE_DIGEST')]);
});
