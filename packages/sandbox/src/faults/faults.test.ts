import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import type { Fault, FaultEffect } from './fault.ts';
import { Faults } from './faults.ts';
import { faultPresets } from './presets.ts';

const on = { service: 'heroku' };
const stall = { kind: 'stall' };

test.each([
  [{}, 'a fault has the form { "on"'],
  [[], 'a fault has the form { "on"'],
  [{ on, effect: stall, name: 'x' }, 'unknown field name (a fault has on and effect)'],
  [{ on: { service: 'github' }, effect: stall }, 'on.service must be one of heroku, registry, hub, gitlab'],
  [{ on: { service: 'heroku', nth: 0 }, effect: stall }, 'on.nth must be an integer of at least 1'],
  [{ on: { service: 'heroku', times: 'all' }, effect: stall }, 'on.times must be an integer of at least 1, or "every"'],
  [{ on: { service: 'heroku', path: '(' }, effect: stall }, 'on.path must be a regular expression'],
  [{ on: { service: 'heroku', method: 'put' }, effect: stall }, 'on.method must be an uppercase method'],
  [{ on: { service: 'heroku', pth: '/' }, effect: stall }, 'unknown field on.pth (known: service, method, path, nth'],
  [{ on, effect: { kind: 'explode' } }, 'effect.kind must be one of answer, '],
  [{ on, effect: { kind: 'stall', ms: -1 } }, 'effect.ms must be an integer of at least 0'],
  [{ on, effect: { kind: 'stall', seconds: 1 } }, 'unknown field effect.seconds (known: ms)'],
  [{ on, effect: { kind: 'expired-token', a: 1 } }, 'unknown field effect.a (there are no others)'],
  [{ on, effect: { kind: 'drip-answer' } }, 'effect.bytesPerSecond must be a number greater than 0'],
  [{ on, effect: { kind: 'answer', status: 42 } }, 'effect.status must be a status code from 200 to 599'],
  [
    { on, effect: { kind: 'answer', status: 200, headers: { a: 1 } } },
    'effect.headers must be an object of header values',
  ],
  [
    { on, effect: { kind: 'answer', status: 200, headers: { a: 'x\r\ny' } } },
    'effect.headers must be an object of header values',
  ],
  [{ on, effect: { kind: 'alter-answer', replace: { text: '' } } }, 'effect.replace must be { "text"'],
  [{ on, effect: { kind: 'alter-answer' } }, 'effect must change something'],
  [
    { on, effect: { kind: 'hold-release', reads: 1, outcome: 'lost' } },
    'effect.outcome must be one of succeeded, failed',
  ],
  [{ on, effect: { kind: 'other-release', when: 'later' } }, 'effect.when must be one of before, after'],
  [{ on, effect: { kind: 'answer', status: 200, bodyBase64: '?' } }, 'effect.bodyBase64 must be base64'],
  [{ on, effect: { kind: 'answer', status: 200, repeat: 0 } }, 'effect.repeat must be an integer of at least 1, or'],
  [{ on, effect: { kind: 'alter-answer', mergeJson: {} } }, 'effect.mergeJson must be an object with fields'],
  [{ on, effect: { kind: 'retire-releases' } }, 'effect.keep must be an integer of at least 0'],
  [{ on, effect: { kind: 'other-release', image: 'latest' } }, 'effect.image must be an image ID'],
])('rejects the fault %j', (fault, named) => {
  expect(() => new Faults().add(fault as unknown as Fault)).toThrow(named);
});

test('reports all problems of a fault at once', () => {
  const fault = { on: { service: 'x', nth: 0 }, effect: { kind: 'drip-answer', fast: true } };
  expect(() => new Faults().add(fault as unknown as Fault)).toThrow(
    /on\.service .*; on\.nth .*; unknown field effect\.fast .*; effect\.bytesPerSecond /,
  );
});

test('close() rejects if a fault has not fired, but stops everything anyway', async () => {
  const sandbox = await startSandbox();
  sandbox.faults.add({ on: { service: 'gitlab', path: '/variables$' }, effect: { kind: 'answer', status: 500 } });
  await expect(sandbox.close()).rejects.toMatchObject({
    code: 'FAULTS_LEFT',
    message: expect.stringContaining('1. gitlab /variables$: answer (0 seen, fired 0 of 1)') as string,
  });
  await expect(fetch(sandbox.urls.heroku)).rejects.toThrow('fetch failed');
});

test('a fault hits matching requests `times` times and counts them', async () => {
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

test('"every" hits all matching requests and needs at least one', () => {
  const faults = new Faults();
  const effect: FaultEffect = { kind: 'answer', status: 500 };
  faults.add({ on: { service: 'hub', times: 'every' }, effect });
  expect(faults.unfired()).toHaveLength(1);
  for (let request = 1; request <= 3; request++) {
    for (const { markFired } of faults.hit('hub', 'GET', '/')) markFired();
  }
  expect(faults.list()).toMatchObject([{ seen: 3, fired: 3 }]);
  expect(faults.unfired()).toEqual([]);
});

test('clears one fault by its id, or all, and returns them', () => {
  const faults = new Faults();
  const effect: FaultEffect = { kind: 'answer', status: 500 };
  for (const service of ['heroku', 'hub', 'gitlab'] as const) faults.add({ on: { service }, effect });
  expect(faults.clear(2)).toMatchObject([{ id: 2, fault: { on: { service: 'hub' } } }]);
  expect(faults.clear().map(({ id }) => id)).toEqual([1, 3]);
  expect(faults.add({ on: { service: 'hub' }, effect }).id).toBe(4);
});

test('changing the object after it was set does not change the fault', () => {
  const faults = new Faults();
  const effect = { kind: 'answer', status: 500 } as { kind: 'answer'; status: number };
  faults.add({ on: { service: 'hub' }, effect });
  effect.status = 200;
  expect(faults.hit('hub', 'GET', '/')[0]?.effect).toEqual({ kind: 'answer', status: 500 });
});

test.each(Object.entries(faultPresets))('the preset %s is a valid fault', (_name, { fault }) => {
  expect(new Faults().add(fault).fault).toEqual(fault);
});
