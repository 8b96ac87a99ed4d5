import { type Fault, startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTrialApp, type TrialApp, type Version } from '../src/testing/trial-app.ts';

/* Process types that deploy.json no longer lists. Each test has its own app, whose releases run a release phase. */
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 }, requestsPerHour: 1_000_000 });
});
afterAll(() => sandbox.close());

/** Returns an app whose next deploy removes its process types `worker` and `clock`. */
async function appWithTypes(types: Partial<Version> = { clock: true }): Promise<TrialApp> {
  const app = await createTrialApp(sandbox);
  await app.run({ version: 1, releasePhase: true, ...types });
  await app.write({ version: 2, releasePhase: true });
  return app;
}

function holdRemoval(app: TrialApp, type: string, effect: Omit<Fault['effect'] & { kind: 'hold-release' }, 'kind'>) {
  const path = `^/apps/${app.name}/formation/${type}$`;
  return sandbox.faults.add({
    on: { service: 'heroku', method: 'PATCH', path },
    effect: { kind: 'hold-release', ...effect },
  });
}

test.concurrent(
  'a removal is followed to its end, and what runs then is verified and named (fault 106, deploy)',
  async () => {
    await using app = await appWithTypes();
    const { report, events, output } = await app.deploy();
    const { current, formation, releases } = await app.state();
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: true, releases: [4, 5], runningRelease: 5 });
    expect(report.text).toBe(`LIVE v5  ${app.url}  (sandbox)`);
    expect(report.warnings).toEqual([]);
    expect([current, releases[0]]).toMatchObject([5, { version: 5, status: 'succeeded' }]);
    expect(formation).not.toHaveProperty('clock');
    expect(output.match(/migrated to 2/g)).toHaveLength(2);
    const steps = events.flatMap((event) => (event.type === 'step-finished' ? [`${event.step} ${event.summary}`] : []));
    expect(steps.slice(-3)).toEqual([
      expect.stringMatching(/^verify .*version proven/),
      'remove clock  v5',
      expect.stringMatching(/^verify .*version proven/),
    ]);
    expect((await app.deploy()).report).toMatchObject({ outcome: 'unchanged', runningRelease: 5 });
  },
);

test.concurrent('several process types are removed one after another', async () => {
  await using app = await appWithTypes({ clock: true, worker: true });
  const { report } = await app.deploy();
  expect(report).toMatchObject({ outcome: 'deployed', releases: [4, 5, 6], runningRelease: 6, others: [] });
  expect(Object.keys((await app.state()).formation).sort()).toEqual(['release', 'web']);
});

test.concurrent(
  'a removal whose release phase fails is a warning, and the next deploy tries again (fault 106, deploy)',
  async () => {
    await using app = await appWithTypes();
    const held = holdRemoval(app, 'clock', { reads: 2, outcome: 'failed' });
    const { report } = await app.deploy();
    expect(held.fired).toBe(1);
    expect(report).toMatchObject({ outcome: 'deployed', exitCode: 0, runningRelease: 4 });
    expect(report.text).toBe(`LIVE v4  ${app.url}  (sandbox)`);
    expect(report.warnings).toEqual(["Couldn't remove clock: the release phase of v5 failed"]);
    expect(report.next).toBe('Deploy again to remove clock.');
    const status = await app.status();
    expect(status).toMatchObject({
      state: 'healthy',
      drift: ['clock is no longer in deploy.json: the next deploy removes it.'],
    });

    const again = await app.deploy();
    expect(again.report).toMatchObject({ outcome: 'deployed', warnings: [] });
    expect((await app.state()).formation).not.toHaveProperty('clock');
    expect((await app.status()).drift).toEqual([]);
  },
);

test.concurrent(
  'a deploy that is stopped while a removal is pending leaves it to the next one (fault 106, deploy)',
  async () => {
    await using app = await appWithTypes();
    const held = holdRemoval(app, 'clock', { outcome: 'succeeded' });
    const abort = new AbortController();
    const stopOnceHeld = (): void => {
      if (held.fired === 1) abort.abort(new Error('stopped by SIGTERM'));
      else setTimeout(stopOnceHeld, 20);
    };
    const { report } = await app.deploy({
      signal: abort.signal,
      onEvent: (event) => event.type === 'step-started' && event.step === 'remove' && stopOnceHeld(),
    });
    expect(report).toMatchObject({ outcome: 'cancelled', runningRelease: 4, releases: [4, 5], others: [] });
    expect(report.text).toBe(
      `CANCELLED ${app.name}: v5 is pending and will go live if it succeeds; the removal of clock isn't complete  (sandbox)`,
    );

    const next = await app.deploy({
      onEvent: (event) => {
        if (event.type === 'step-started' && event.step === 'wait') sandbox.faults.clear(held.id);
      },
    });
    expect(next.report).toMatchObject({ outcome: 'unchanged', runningRelease: 5 });
    expect((await app.state()).formation).not.toHaveProperty('clock');
  },
);

test.concurrent('a rollback after a removal says how to start the dynos that it took away', async () => {
  await using app = await appWithTypes({ worker: true });
  const { report } = await app.deploy({
    onEvent: (event) => {
      if (event.type === 'step-finished' && event.step === 'remove') {
        sandbox.faults.add({
          on: { service: 'heroku', method: 'GET', path: `^/apps/${app.name}/dynos$` },
          effect: { kind: 'alter-answer', mergeJson: { state: 'crashed' } },
        });
      }
    },
  });
  expect(report).toMatchObject({ outcome: 'rolled-back', releases: [4, 5, 6], runningRelease: 6 });
  expect(report.text).toBe(
    `${app.name} RUNS v6 = v3's image ${/ (\w{12}),/.exec(report.text)?.[1]}, NOT v5: web.1 crashed  (sandbox)`,
  );
  expect(report.warnings).toEqual([
    `worker was deployed with 1 dyno in v3 and has 0 now. To start it: heroku ps:scale worker=1 -a ${app.name}`,
  ]);
  expect((await app.state()).formation).toMatchObject({ web: 1, worker: 0 });
});

test.concurrent('a process type that was removed comes back with the very image that it had', async () => {
  await using app = await createTrialApp(sandbox);
  await app.run({ version: 1, worker: 1 });
  await app.run({ version: 1 });
  expect((await app.state()).formation).toEqual({ web: 1 });
  await app.run({ version: 1, worker: 1 });
  expect((await app.state()).formation).toEqual({ web: 1, worker: 1 });
  expect((await app.deploy()).report).toMatchObject({ outcome: 'unchanged' });
});
