import type { Release } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import type { CurrentState } from '../state/current-state.ts';
import type { DeployRecord } from '../state/records/record.ts';
import { planProcessTypes } from './plan-process-types.ts';

const image = digestOf('image');
const web2 = parseConfig('{"processes": {"web": {"dynos": 2}}}');

function recordOf(processes: DeployRecord['processes']): DeployRecord {
  const images = Object.fromEntries(Object.keys(processes).map((type) => [type, image]));
  return { release: 3, images, processes } as DeployRecord;
}

function stateOf(formation: CurrentState['formation'], more: Partial<CurrentState> = {}): CurrentState {
  return { formation, releases: [], ranBefore: true, ...more } as CurrentState;
}

const deployedWeb = { status: 'succeeded', description: 'Deployed web (142013fe2b5c)' } as Release;

test('a declared count applies to a process type that the app does not have yet (fault 108, deploy)', () => {
  expect(planProcessTypes(web2, stateOf({}))).toMatchObject({
    scale: [{ type: 'web', from: undefined, to: 2, reason: 'first-deploy' }],
    dynos: { web: 2 },
  });
});

test('a declared count applies again after a first deploy that failed (faults 107, 108, deploy)', () => {
  const plan = planProcessTypes(web2, stateOf({ web: 1 }, { ranBefore: false }));
  expect(plan.scale).toEqual([{ type: 'web', from: 1, to: 2, reason: 'first-deploy' }]);
});

test('a declared count applies to a new process type of an app that runs others (fault 108, deploy)', () => {
  const worker = parseConfig('{"processes": {"web": {}, "worker": {"dynos": 1}}}');
  const state = stateOf({ web: 1, worker: 0 }, { releases: [deployedWeb] });
  expect(planProcessTypes(worker, state).scale).toEqual([{ type: 'worker', from: 0, to: 1, reason: 'first-deploy' }]);
});

test('a declared count applies when the declared number changes (fault 108, deploy)', () => {
  const state = stateOf({ web: 5 }, { record: recordOf({ web: { dynos: 1 } }) });
  expect(planProcessTypes(web2, state)).toMatchObject({
    scale: [{ type: 'web', from: 5, to: 2, reason: 'declared-count-changed' }],
    keptCounts: [],
    dynos: { web: 2 },
  });
});

test('a count changed by hand stays while the declared number is the same (fault 108, deploy)', () => {
  const state = stateOf({ web: 5 }, { record: recordOf({ web: { dynos: 2 } }) });
  expect(planProcessTypes(web2, state)).toMatchObject({
    scale: [],
    keptCounts: [{ type: 'web', declared: 2, actual: 5 }],
    dynos: { web: 5 },
    unknowns: [],
  });
});

test('without a record, a differing count stays, and the plan says what it does not know (fault 108, deploy)', () => {
  expect(planProcessTypes(web2, stateOf({ web: 5 }, { releases: [deployedWeb] }))).toMatchObject({
    scale: [],
    keptCounts: [{ type: 'web', declared: 2, actual: 5 }],
    unknowns: [expect.stringContaining('No record of the last deploy of web')],
  });
});

test('an undeclared count stays, and a new web process gets one dyno', () => {
  const config = parseConfig('{"processes": {"web": {}, "worker": {}, "release": {}}}');
  expect(planProcessTypes(config, stateOf({})).dynos).toEqual({ web: 1, worker: 0 });
  expect(planProcessTypes(config, stateOf({ web: 3, worker: 2 })).dynos).toEqual({ web: 3, worker: 2 });
});

test('a process type of the last deploy that deploy.json no longer lists goes; types of others stay (fault 106, deploy)', () => {
  const state = stateOf({ web: 2, worker: 1, cron: 1 }, { record: recordOf({ web: { dynos: 2 }, worker: {} }) });
  expect(planProcessTypes(web2, state)).toMatchObject({ removals: ['worker'], othersTypes: ['cron'], unknowns: [] });
});

test('without a record, an undeclared process type stays, and the plan says why (fault 106, deploy)', () => {
  expect(planProcessTypes(web2, stateOf({ web: 2, worker: 1 }))).toMatchObject({
    removals: [],
    othersTypes: ['worker'],
    unknowns: [expect.stringContaining('so worker may be of an earlier deploy or of someone else')],
  });
});
