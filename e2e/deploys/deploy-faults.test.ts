import { type Fault, startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTrialApp, type TrialApp } from '../src/testing/trial-app.ts';

/* What goes wrong on the platform during a deploy, or was different before it. Each test has its own app. */
const preboot = 1_500;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50, preboot }, requestsPerHour: 1_000_000 });
});
afterAll(() => sandbox.close());

type FaultOn = Omit<Fault['on'], 'service' | 'path'> & { readonly service?: Fault['on']['service'] };

/** Sets a fault for the requests of one app whose path ends so. */
function addFault(app: TrialApp, path: string, on: FaultOn, effect: Fault['effect']) {
  return sandbox.faults.add({ on: { service: 'heroku', ...on, path: `^/apps/${app.name}${path}$` }, effect });
}

async function runningApp(version = {}, options = {}): Promise<TrialApp> {
  const app = await createTrialApp(sandbox, options);
  await app.run({ version: 1, ...version });
  return app;
}

describe.concurrent('a deploy', () => {
  test('slows down and goes on when the rate limit is reached while it waits (fault 58, deploy)', async () => {
    await using app = await runningApp();
    await app.write({ version: 2 });
    const headers = { 'content-type': 'application/json', 'ratelimit-remaining': '600' };
    const body = '{"id":"rate_limit","message":"Your account reached the API rate limit."}';
    const limited = addFault(app, '/dynos', {}, { kind: 'answer', status: 429, headers, body });
    const low = { 'ratelimit-remaining': '600' };
    addFault(app, '/dynos', { times: 'every' }, { kind: 'alter-answer', headers: low });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
    expect(limited.fired).toBe(1);
  });

  test('of what runs already sends nothing, and still checks its health (fault 61, deploy)', async () => {
    await using app = await runningApp({ level: 'quiet', worker: true });
    const before = await app.state();
    const seen = sandbox.journal.entries().at(-1)!.number;
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'unchanged', exitCode: 0, sentBytes: 0, releases: [] });
    expect(await app.state()).toEqual(before);
    const writes = sandbox.journal.writes({ after: seen, path: new RegExp(app.name) });
    expect(writes).toEqual([]);
    await app.call('PATCH', '/formation', { updates: [{ type: 'web', quantity: 0 }] });
    addFault(app, '/dynos', { times: 'every' }, { kind: 'alter-answer', mergeJson: { state: 'crashed' } });
    await app.call('PATCH', '/formation', { updates: [{ type: 'web', quantity: 1 }] });
    const { report: ill } = await app.deploy();
    expect(ill).toMatchObject({ outcome: 'broken', exitCode: 4, releases: [] });
    expect(ill.text).toMatch(/^UNCHANGED v4 .*, BUT UNHEALTHY: web.1 crashed/);
  });

  test('rolls back a version that starts and crashes again (fault 67, deploy)', async () => {
    await using app = await runningApp();
    await app.write({ version: 2, config: { rollback: 'auto' } });
    await app.edit('server.js', (source) => `${source}setTimeout(() => process.exit(1), 700);\n`);
    await app.edit('deploy.json', (source) => source.replace('"holdSeconds":0.1', '"holdSeconds":5'));
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'rolled-back', exitCode: 3 });
    expect((await app.state()).response).toBe('{"version":1}');
  });

  test('to an app without a URL is released and never called live or proven (faults 70, 102, deploy)', async () => {
    await using app = await createTrialApp(sandbox);
    await app.write({ version: 1 });
    addFault(app, '', { method: 'GET', times: 'every' }, { kind: 'alter-answer', mergeJson: { web_url: null } });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: false });
    expect(report.text).toMatch(/^RELEASED v\d+: web 1\/1 up; there is no URL to check/);
  });

  test('to an app without web dynos is released and never called live or proven (faults 69, 102, 103, deploy)', async () => {
    await using app = await runningApp();
    await app.call('PATCH', '/formation', { updates: [{ type: 'web', quantity: 0 }] });
    await app.write({ version: 2 });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: false, url: app.url });
    expect(report.text).toMatch(/^RELEASED v\d+: no dyno is set to run, so nothing was checked/);
  });

  test('releases nothing if the image of one process type is missing (fault 83, deploy)', async () => {
    await using app = await runningApp({ worker: true });
    const before = await app.state();
    await app.write({ version: 2, worker: true });
    let worker = '';
    const { report } = await app.deploy({
      onEvent: (event) => {
        if (event.type !== 'planned' || worker) return;
        worker = event.plan.images.find(({ type }) => type === 'worker')!.imageId!;
        const replace = { text: worker, by: `sha256:${'0'.repeat(64)}` };
        addFault(app, '/formation', { method: 'PATCH' }, { kind: 'alter-request', replace });
      },
    });
    expect(report).toMatchObject({ outcome: 'failed', exitCode: 1, runningRelease: before.current });
    expect(await app.state()).toEqual(before);
  });

  test('with Preboot and no marker is not called live before the new version responds (fault 96, deploy)', async () => {
    await using app = await runningApp({ marker: false }, { preboot: true });
    await app.write({ version: 2, marker: false });
    const { report } = await app.deploy({ prebootSeconds: preboot / 1000 });
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: false });
    expect((await app.state()).response).toBe('{"version":2}');
  });

  test("doesn't take a config var whose release failed for unchanged, and says how it takes effect (fault 105, deploy)", async () => {
    await using app = await runningApp({ level: 'quiet', releasePhase: true });
    await app.write({ version: 1, level: 'loud', releasePhase: true });
    addFault(app, '/config-vars', { method: 'PATCH' }, { kind: 'hold-release', reads: 2, outcome: 'failed' });
    const failed = await app.deploy();
    expect(failed.report).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect((await app.state()).response).toBe('{"version":1,"level":"quiet"}');
    const again = await app.deploy();
    expect(again.report).toMatchObject({ outcome: 'failed', exitCode: 1 });
    expect(again.report.text).toContain('LEVEL');
    expect(again.report.next).toContain('--again');
    const { report } = await app.deploy({ again: 'anything new' });
    expect(report).toMatchObject({ outcome: 'deployed' });
    expect((await app.state()).response).toBe('{"version":1,"level":"loud"}');
  });

  test('removes what deploy.json no longer lists, and leaves counts and types of others (faults 106, 108, deploy)', async () => {
    await using app = await runningApp({ worker: 1, clock: true });
    const size = 'Standard-1X';
    const updates = [{ type: 'worker', quantity: 2, size }, ...['web', 'clock'].map((type) => ({ type, size }))];
    await app.call('PATCH', '/formation', { updates });
    await app.write({ version: 2, worker: 1 });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
    expect((await app.state()).formation).toEqual({ web: 1, worker: 2 });
    await app.write({ version: 3, worker: 3 });
    expect((await app.deploy()).report).toMatchObject({ outcome: 'deployed' });
    expect((await app.state()).formation).toEqual({ web: 1, worker: 3 });
  });

  test('rolls back a version that redirects to another host, and says so (faults 124, 176, deploy)', async () => {
    await using app = await runningApp();
    const before = await app.state();
    await app.write({ version: 2, behavior: 'redirects away', timeoutSeconds: 8 });
    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'rolled-back' });
    expect(report.text).toContain('redirects to another host, localhost:1');
    const after = await app.state();
    const running = /web \((\w{12})\)/.exec(after.images)![1];
    expect(after.images).toBe(before.images);
    expect(report.text).toContain(`RUNS v${after.current} = v${before.current}'s image ${running}, NOT v`);
  });
});

describe("a release's output", () => {
  test.each([
    ['ends early', { kind: 'answer', status: 200, body: '' }],
    ['does not exist', { kind: 'answer', status: 404, body: 'no stream' }],
    ['is cut', { kind: 'reset-answer', afterBytes: 5 }],
  ] as const)(
    'that %s decides nothing: the release is followed to its end (faults 63, 66, deploy)',
    async (_, effect) => {
      await using app = await runningApp({ releasePhase: true });
      await app.write({ version: 2, releasePhase: true });
      sandbox.faults.add({ on: { service: 'heroku', method: 'GET', path: '^/streams/' }, effect });
      addFault(app, '/formation', { method: 'PATCH' }, { kind: 'hold-release', reads: 6, outcome: 'succeeded' });
      const { report } = await app.deploy();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
      expect((await app.state()).response).toBe('{"version":2}');
    },
  );
});

describe('a clock that jumps', () => {
  afterEach(() => void vi.useRealTimers());
  test.each([-1, 1])('by %d days in the middle of a deploy changes nothing (fault 84, deploy)', async (days) => {
    await using app = await runningApp();
    await app.write({ version: 2 });
    vi.useFakeTimers({ toFake: ['Date'] });
    const { report } = await app.deploy({
      onEvent: (event) => {
        if (event.type === 'step-started' && ['push', 'verify'].includes(event.step)) {
          vi.setSystemTime(Date.now() + days * 24 * 60 * 60 * 1000);
        }
      },
    });
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
    expect(report.seconds).toBeGreaterThan(0);
    expect(report.seconds).toBeLessThan(60);
  });
});
