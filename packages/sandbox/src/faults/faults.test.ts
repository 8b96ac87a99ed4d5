import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import type { Fault, FaultEffect } from './fault.ts';
import { Faults } from './faults.ts';
import { faultPresets } from './presets.ts';

const on = { service: 'heroku' };
const stall = { kind: 'stall' };

test.each([
  [{}, 'a fault is { "on"'],
  [[], 'a fault is { "on"'],
  [{ on, effect: stall, name: 'x' }, 'name is not known; a fault has on and effect'],
  [{ on: { service: 'github' }, effect: stall }, 'on.service must be one of heroku, registry, hub, gitlab'],
  [{ on: { service: 'heroku', nth: 0 }, effect: stall }, 'on.nth must be a whole number from 1'],
  [{ on: { service: 'heroku', times: 'all' }, effect: stall }, 'on.times must be a whole number from 1, or "every"'],
  [{ on: { service: 'heroku', path: '(' }, effect: stall }, 'on.path must be a regular expression'],
  [{ on: { service: 'heroku', method: 'put' }, effect: stall }, 'on.method must be a method in capitals'],
  [{ on: { service: 'heroku', pth: '/' }, effect: stall }, 'on.pth is not known; known are service, method, path, nth'],
  [{ on, effect: { kind: 'explode' } }, 'effect.kind must be one of answer, '],
  [{ on, effect: { kind: 'stall', ms: -1 } }, 'effect.ms must be a whole number from 0'],
  [{ on, effect: { kind: 'stall', seconds: 1 } }, 'effect.seconds is not known; known are ms'],
  [{ on, effect: { kind: 'expired-token', a: 1 } }, 'effect.a is not known; it has no more fields'],
  [{ on, effect: { kind: 'drip-answer' } }, 'effect.bytesPerSecond must be a number above 0'],
  [{ on, effect: { kind: 'answer', status: 42 } }, 'effect.status must be a status from 200 to 599'],
  [{ on, effect: { kind: 'answer', status: 200, headers: { a: 1 } } }, 'effect.headers must be headers by name'],
  [{ on, effect: { kind: 'answer', status: 200, headers: { a: 'x\r\ny' } } }, 'effect.headers must be headers by name'],
  [{ on, effect: { kind: 'alter-answer', replace: { text: '' } } }, 'effect.replace must be { "text"'],
  [{ on, effect: { kind: 'alter-answer' } }, 'effect changes nothing'],
  [
    { on, effect: { kind: 'hold-release', reads: 1, outcome: 'lost' } },
    'effect.outcome must be one of succeeded, failed',
  ],
  [{ on, effect: { kind: 'other-release', image: 'latest' } }, 'effect.image must be an image ID'],
])('the fault %j is refused', (fault, named) => {
  expect(() => new Faults().add(fault as unknown as Fault)).toThrow(named);
});

test('everything that is wrong with a fault is said at once', () => {
  const fault = { on: { service: 'x', nth: 0 }, effect: { kind: 'drip-answer', fast: true } };
  expect(() => new Faults().add(fault as unknown as Fault)).toThrow(
    /on\.service .*; on\.nth .*; effect\.fast is not known.*; effect\.bytesPerSecond /,
  );
});

test('a fault that has not fired fails the close, which ends everything all the same', async () => {
  const sandbox = await startSandbox();
  sandbox.faults.add({ on: { service: 'gitlab', path: '/variables$' }, effect: { kind: 'answer', status: 500 } });
  await expect(sandbox.close()).rejects.toMatchObject({
    code: 'FAULTS_LEFT',
    message: expect.stringContaining('1. gitlab /variables$: answer (0 seen, fired 0 of 1)') as string,
  });
  await expect(fetch(sandbox.urls.heroku)).rejects.toThrow('fetch failed');
});

test('a fault strikes the request that was meant and as often as was said, and tells how often', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const set = sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '^/apps/shop/config-vars$', nth: 2, times: 2 },
    effect: { kind: 'answer', status: 503, headers: { 'retry-after': '7' }, body: '{"id":"down","message":"Down."}' },
  });
  const statuses: number[] = [];
  for (const value of ['1', '2', '3', '4']) {
    const answer = await api.request('PATCH', '/apps/shop/config-vars', { body: { A: value } });
    statuses.push(answer.status);
    await api.get('/account');
  }
  expect(statuses).toEqual([200, 503, 503, 200]);
  expect(set).toMatchObject({ seen: 4, fired: 2 });
  expect(await api.releases('shop')).toHaveLength(4);
  expect(sandbox.journal.entries({ status: 503 }).map(({ faults }) => faults)).toEqual([['answer'], ['answer']]);
});

test('every such request is struck, and none is too few', () => {
  const faults = new Faults();
  const effect: FaultEffect = { kind: 'answer', status: 500 };
  faults.add({ on: { service: 'hub', times: 'every' }, effect });
  expect(faults.left()).toHaveLength(1);
  for (let request = 1; request <= 3; request++) {
    for (const strike of faults.strike('hub', 'GET', '/')) strike.fired();
  }
  expect(faults.list()).toMatchObject([{ seen: 3, fired: 3 }]);
  expect(faults.left()).toEqual([]);
});

test('one is cleared by its id, or all are; what was cleared is told', () => {
  const faults = new Faults();
  const effect: FaultEffect = { kind: 'answer', status: 500 };
  for (const service of ['heroku', 'hub', 'gitlab'] as const) faults.add({ on: { service }, effect });
  expect(faults.clear(2)).toMatchObject([{ id: 2, fault: { on: { service: 'hub' } } }]);
  expect(faults.clear().map(({ id }) => id)).toEqual([1, 3]);
  expect(faults.add({ on: { service: 'hub' }, effect }).id).toBe(4);
});

test('a fault is a value: what is done to it after it was set changes nothing', () => {
  const faults = new Faults();
  const effect = { kind: 'answer', status: 500 } as { kind: 'answer'; status: number };
  faults.add({ on: { service: 'hub' }, effect });
  effect.status = 200;
  expect(faults.strike('hub', 'GET', '/')[0]?.effect).toEqual({ kind: 'answer', status: 500 });
});

test.each(Object.entries(faultPresets))('the preset %s is a fault', (_name, { fault }) => {
  expect(new Faults().add(fault).fault).toEqual(fault);
});
