import { type Fault, type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTrialApp } from '../src/testing/trial-app.ts';

/* What Heroku's API does on bad days, to a deploy. */
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 } });
});
afterEach(() => void sandbox.faults.clear());
afterAll(() => sandbox.close());

const day = 86_400_000;
const poll = { service: 'heroku', method: 'GET', path: '/releases/\\d+$' } as const;
const stream = { service: 'heroku', method: 'GET', path: '^/streams/' } as const;
const rateLimited = JSON.stringify({ id: 'rate_limit', message: 'Your account reached the API rate limit' });
const longRelease: Fault = {
  on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
  effect: { kind: 'hold-release', reads: 5, outcome: 'succeeded' },
};

test(
  '429 on polls: the deploy waits as long as Heroku says and goes live (fault 58, deploy)',
  { timeout: 180_000 },
  async () => {
    await using app = await createTrialApp(sandbox);
    await app.write({ version: 1 });
    sandbox.faults.add(longRelease);
    const limited = sandbox.faults.add({
      on: { ...poll, times: 2 },
      effect: { kind: 'answer', status: 429, headers: { 'retry-after': '2' }, body: rateLimited },
    });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', exitCode: 0 });
    expect(sandbox.faults.list().find(({ id }) => id === limited.id)?.fired).toBe(2);
  },
);

test('the image already runs: unchanged, without a request that changes anything (fault 61, deploy)', async () => {
  await using app = await createTrialApp(sandbox);
  const { release } = await app.run({ version: 1 });
  const before = sandbox.journal.count({ path: `/apps/${app.name}/formation`, method: 'PATCH' });
  const { report } = await app.deploy();
  expect(report).toMatchObject({ outcome: 'unchanged', exitCode: 0, runningRelease: release });
  expect(sandbox.journal.count({ path: `/apps/${app.name}/formation`, method: 'PATCH' })).toBe(before);
});

test(
  'the release stays pending after its output ended: the deploy waits for the status (fault 63, deploy)',
  { timeout: 180_000 },
  async () => {
    await using app = await createTrialApp(sandbox);
    await app.write({ version: 1, releasePhase: true });
    sandbox.faults.add({ ...longRelease, effect: { kind: 'hold-release', reads: 8, outcome: 'failed' } });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'failed', exitCode: 1 });
  },
);

test.each<[string, Fault['effect'], number]>([
  ["isn't there yet", { kind: 'answer', status: 404, body: 'no stream yet' }, 3],
  ['fails', { kind: 'answer', status: 503, body: 'try again' }, 2],
  ['is cut', { kind: 'reset-answer', afterBytes: 4 }, 2],
  ['is slow', { kind: 'drip-answer', bytesPerSecond: 40 }, 1],
  ['is forbidden', { kind: 'answer', status: 403, body: 'expired' }, 1],
])(
  'the stream of the output %s: the status alone decides (fault 66, deploy)',
  { timeout: 180_000 },
  async (_, effect, times) => {
    await using app = await createTrialApp(sandbox);
    await app.write({ version: 1, releasePhase: true });
    sandbox.faults.add({ on: { ...stream, times }, effect });
    const { report, output } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', exitCode: 0 });
    expect(output).toContain('migrated to 1');
  },
);

test(
  'the stream of the output never ends: the status alone decides (fault 66, deploy)',
  { timeout: 180_000 },
  async () => {
    await using app = await createTrialApp(sandbox);
    await app.write({ version: 1, releasePhase: true });
    sandbox.faults.add({ on: stream, effect: { kind: 'answer', status: 200, body: 'migrating\n', repeat: 'forever' } });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', exitCode: 0 });
  },
);

test('the image of one of two process types is missing: nothing is released (fault 83, deploy)', async () => {
  await using app = await createTrialApp(sandbox);
  await app.run({ version: 1, worker: true });
  const before = await app.state();
  const updates = { path: `/apps/${app.name}/formation`, method: 'PATCH' };
  const sent = sandbox.journal.count(updates);
  await app.write({ version: 2, worker: true });
  sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
    effect: {
      kind: 'answer',
      status: 422,
      body: JSON.stringify({ id: 'invalid_params', message: 'docker_image was not found' }),
    },
  });
  const { report } = await app.deploy();
  expect(report.outcome).toBe('failed');
  expect(report.text).toContain('nothing was released');
  expect(sandbox.journal.count(updates)).toBe(sent + 1);
  expect(await app.state()).toEqual(before);
});

test('the clock jumps by a day and back all the time: no wait is shorter, longer or negative (fault 84, deploy)', async () => {
  await using app = await createTrialApp(sandbox);
  await app.write({ version: 1, releasePhase: true });
  sandbox.faults.add(longRelease);
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    let jumps = 0;
    const { report, events } = await app.deploy({
      onEvent: () => {
        jumps += 1;
        vi.setSystemTime(Date.now() + (jumps % 2 === 1 ? day : -day));
      },
    });
    expect(jumps).toBeGreaterThan(10);
    expect(report).toMatchObject({ outcome: 'deployed', exitCode: 0 });
    const steps = events.flatMap((event) => ('seconds' in event ? [event.seconds] : []));
    expect(steps.length).toBeGreaterThan(2);
    for (const seconds of [...steps, report.seconds]) {
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(3_600);
    }
  } finally {
    vi.useRealTimers();
  }
});
