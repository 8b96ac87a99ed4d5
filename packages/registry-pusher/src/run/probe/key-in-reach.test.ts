import { expect, test } from 'vitest';
import { whyKeyInReach } from './key-in-reach.ts';

const parents = new Map([
  [30, 20],
  [20, 1],
  [1, 0],
]);
const reader = (environments: Record<number, string>) => ({
  environment: (pid: number) => environments[pid],
  parent: (pid: number) => parents.get(pid),
});

test.each([
  ['the job holds it', { CI: 'true', HEROKU_API_KEY: 'k' }, {}, 'this CI job holds HEROKU_API_KEY'],
  ['a process above holds it', { CI: 'true' }, { 1: 'A=1\0HEROKU_API_KEY=k\0' }, 'process 1 above it'],
  ['nobody holds it', { CI: 'true' }, { 1: 'A=1\0', 20: 'NOT_HEROKU_API_KEY=k\0' }, undefined],
  ['it is empty', { CI: 'true', HEROKU_API_KEY: '' }, { 1: 'HEROKU_API_KEY=\0' }, undefined],
  ['it is not in CI', { HEROKU_API_KEY: 'k' }, { 1: 'HEROKU_API_KEY=k\0' }, undefined],
])('executes RUN only out of reach of the key: %s', (_, env, environments, expected) => {
  const why = whyKeyInReach(env, reader(environments), 30);
  if (expected === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(expected);
});
