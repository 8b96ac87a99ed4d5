import type { HerokuClient, Release } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { changedConfigVars, configVarsNotInEffect } from './failed-config-vars.ts';
import { pendingRelease, ranImage, readReleases } from './releases.ts';

const release = (version: number, description: string, more: Partial<Release> = {}): Release =>
  ({ id: `id-${version}`, version, description, status: 'succeeded', current: false, ...more }) as Release;

function herokuWith(releases: readonly Release[]): HerokuClient {
  return {
    releases: {
      async *list() {
        yield* releases;
      },
    },
  } as unknown as HerokuClient;
}

const created = [release(2, 'Enable Logplex', { current: true }), release(1, 'Initial release')];

test('a pending release that came after the current one is visible', () => {
  const pending = release(4, 'Set A config vars', { status: 'pending' });
  expect(pendingRelease([pending, release(3, 'Deployed web (142013fe2b5c)', { current: true })])).toBe(pending);
  expect(pendingRelease([release(5, 'Set B config vars', { current: true }), pending])).toBeUndefined();
});

test('reads on until the current release is among them (fault 73, deploy)', async () => {
  const failed = Array.from({ length: 45 }, (_, index) =>
    release(50 - index, 'Deployed web (142013fe2b5c)', { status: 'failed' }),
  );
  const current = release(5, 'Deployed web (6f1a03b2c4d5)', { current: true });
  const older = Array.from({ length: 100 }, (_, index) => release(4 - index, 'Set A config vars'));
  const read = await readReleases(herokuWith([...failed, current, ...older]), 'shop', {});
  expect(read).toHaveLength(60);
  expect(read).toContain(current);
});

test('an image ran before only if a release of one succeeded (fault 107, deploy)', () => {
  expect(ranImage(created)).toBe(false);
  expect(ranImage([release(3, 'Deployed web (142013fe2b5c)', { status: 'failed' }), ...created])).toBe(false);
  expect(ranImage([release(3, 'Set A config vars'), ...created])).toBe(false);
  expect(ranImage([release(3, 'Deployed web (142013fe2b5c)'), ...created])).toBe(true);
});

test('config vars of failed releases after the current one are not in effect (fault 105, deploy)', () => {
  const releases = [
    release(9, 'Deployed web (142013fe2b5c)', { status: 'failed' }),
    release(8, 'Set TOKEN, LOG_LEVEL, Remove DEBUG config vars', { status: 'failed' }),
    release(7, 'Set LOG_LEVEL config vars', { status: 'expired' }),
    release(6, 'Set A config vars', { current: true }),
    release(5, 'Set B config vars', { status: 'failed' }),
  ];
  expect(configVarsNotInEffect(releases)).toEqual(['DEBUG', 'LOG_LEVEL', 'TOKEN']);
});

test.each([
  ['Set A config vars', ['A']],
  ['Set SET, REMOVE config vars', ['SET', 'REMOVE']],
  ['Remove A config vars', ['A']],
  ['Set A config var', ['A']],
  ['Deployed web (142013fe2b5c)', []],
  ['Attach DATABASE (@ref:postgresql-1)', []],
  ['', []],
])('reads the names of config vars from "%s"', (description, names) => {
  expect(changedConfigVars(description)).toEqual(names);
});
