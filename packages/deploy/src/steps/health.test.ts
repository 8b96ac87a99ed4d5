import type { Dyno } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { defaultHealthCheck } from '../config/schema.ts';
import { type Expectation, judgeDynos } from './health.ts';

const expectation: Expectation = { app: 'shop', version: 4, url: null, dynos: { web: 2 }, health: defaultHealthCheck };

function dyno(name: string, state: string, releaseVersion = 4): Dyno {
  return { name, type: name.split('.')[0]!, state, release: { id: '', version: releaseVersion } } as Dyno;
}

test.each([
  ['fails on a crashed dyno', [dyno('web.1', 'up'), dyno('web.2', 'crashed')], 'failed', 'web.2 crashed'],
  ['waits for a starting dyno', [dyno('web.1', 'up'), dyno('web.2', 'starting')], 'pending', '1 of 2 dynos up'],
  [
    'ignores dynos of the previous release',
    [dyno('web.1', 'up', 3), dyno('web.2', 'up', 3)],
    'pending',
    '0 of 2 dynos up',
  ],
  [
    'waits on an unknown state and names it (fault 65, deploy)',
    [dyno('web.1', 'up'), dyno('web.2', 'dancing')],
    'pending',
    '"dancing"',
  ],
  ['waits when there are no dynos', [], 'pending', '0 of 2 dynos up'],
  [
    'is healthy when all declared dynos are up',
    [dyno('web.1', 'up'), dyno('web.2', 'up'), dyno('run.1', 'crashed')],
    'healthy',
    '2 of 2 dynos up',
  ],
])('%s', (_, dynos, kind, text) => {
  expect(judgeDynos(dynos, expectation)).toMatchObject({ kind, text: expect.stringContaining(text) });
});
