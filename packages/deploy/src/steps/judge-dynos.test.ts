import type { Dyno } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { type DynoExpectation, judgeDynos } from './judge-dynos.ts';

const expectation: DynoExpectation = { version: 4, dynos: { web: 2 } };

function dyno(name: string, state: string, releaseVersion = 4): Dyno {
  return { name, type: name.split('.')[0]!, state, release: { id: '', version: releaseVersion } } as Dyno;
}

test.each([
  ['fails on a crashed dyno', [dyno('web.1', 'up'), dyno('web.2', 'crashed')], 'failed', 'web.2 crashed'],
  ['waits for a starting dyno', [dyno('web.1', 'up'), dyno('web.2', 'starting')], 'starting', 'web.2 is starting'],
  ['waits for one that is missing, too', [dyno('web.1', 'starting')], 'pending', '0 of 2 dynos up'],
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
    'counts a sleeping dyno as up (fault 97, deploy)',
    [dyno('web.1', 'idle'), dyno('web.2', 'up')],
    'healthy',
    '2 of 2',
  ],
  ['sees a newer release that took over', [dyno('web.1', 'up', 5), dyno('web.2', 'up')], 'replaced', 'web.1 runs v5'],
  [
    'is healthy when all declared dynos are up',
    [dyno('web.1', 'up'), dyno('web.2', 'up'), dyno('run.1', 'crashed')],
    'healthy',
    '2 of 2 dynos up',
  ],
])('%s', (_, dynos, kind, text) => {
  expect(judgeDynos(dynos, expectation)).toMatchObject({ kind, text: expect.stringContaining(text) });
});

test("dynos of one type don't make up for those of another", () => {
  const expected: DynoExpectation = { version: 4, dynos: { web: 1, clock: 1 } };
  const dynos = [dyno('web.1', 'up'), dyno('web.2', 'up')];
  expect(judgeDynos(dynos, expected)).toMatchObject({ kind: 'pending', up: 1, text: '1 of 2 dynos up' });
  expect(judgeDynos([...dynos, dyno('clock.1', 'starting')], expected)).toMatchObject({ kind: 'starting' });
});
