import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeployEvent } from '@tozo/deploy';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTrialApp, type TrialApp } from '../src/testing/trial-app.ts';

/* What a deploy finds that was stopped before its end. Each test has its own app. */
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 }, requestsPerHour: 1_000_000 });
});
afterAll(() => sandbox.close());

async function runningApp(version = {}): Promise<TrialApp> {
  const app = await createTrialApp(sandbox);
  await app.run({ version: 1, ...version });
  return app;
}

describe.concurrent('a second deploy', () => {
  test.each(['succeeded', 'failed'] as const)(
    "follows this version's pending release to its end: it %s (fault 167, deploy)",
    async (outcome) => {
      await using app = await runningApp({ marker: false });
      await app.write({ version: 2, marker: false });
      const held = sandbox.faults.add({
        on: { service: 'heroku', method: 'PATCH', path: `^/apps/${app.name}/formation$` },
        effect: { kind: 'hold-release', outcome },
      });
      const stopped = await stopAt(
        app,
        ({ type }) => type === 'step-started',
        'release',
        () => held.fired === 1,
      );
      expect(stopped).toMatchObject({ outcome: 'cancelled' });
      expect(stopped.text).toMatch(/v\d+ is pending and will go live if it succeeds/);
      const { report } = await app.deploy({
        onEvent: (event) => {
          if (event.type === 'step-started' && event.step === 'wait') sandbox.faults.clear(held.id);
        },
      });
      const state = await app.state();
      expect(report.runningRelease).toBe(state.current);
      if (outcome === 'succeeded') {
        expect(report).toMatchObject({ outcome: 'unchanged', exitCode: 0 });
        expect(state.response).toBe('{"version":2}');
      } else {
        expect(report).toMatchObject({ outcome: 'failed', exitCode: 1 });
        expect(report.next).toContain('--again');
        expect(state.response).toBe('{"version":1}');
      }
    },
  );

  test('waits for a version that is still booting (fault 168, deploy)', async () => {
    await using app = await runningApp();
    const gate = join(tmpdir(), `${app.name}-gate`);
    await app.write({ version: 2 });
    await app.edit('server.js', (source) => slowed(source, gate));
    const stopped = await stopAt(app, ({ type }) => type === 'health');
    expect(stopped.text).toMatch(/v4 runs and isn't verified/);
    let looks = 0;
    const { report } = await app.deploy({
      onEvent: ({ type }) => {
        if (type === 'health' && (looks += 1) === 2) void writeFile(gate, '');
      },
    });
    await rm(gate, { force: true });
    expect(report).toMatchObject({ outcome: 'unchanged', exitCode: 0, versionProven: true });
    expect((await app.state()).response).toBe('{"version":2}');
  });

  test('goes back from the unhealthy version that a stopped one left, and the version before stays healthy (faults 80, 124, deploy)', async () => {
    await using app = await runningApp();
    await app.write({ version: 2, behavior: 'crashes' });
    const stopped = await stopAt(app, ({ type }) => type === 'step-started', 'verify');
    expect(stopped).toMatchObject({ outcome: 'cancelled', runningRelease: 4 });

    const { report } = await app.deploy();
    expect(report).toMatchObject({ outcome: 'rolled-back', exitCode: 3, runningRelease: 5, releases: [5] });
    expect(report.text).toBe(`${app.name} RUNS v5 = v3, NOT v4: web.1 crashed  (sandbox)`);
    const status = await app.status();
    expect(status.text).toMatch(/ RUNS v5: healthy /);
    const recorded = status.history?.filter((entry) => entry.recorded).map(({ version, what }) => [version, what]);
    expect(recorded).toEqual([
      [4, expect.stringContaining('unhealthy, rolled back')],
      [3, expect.anything()],
    ]);

    await app.write({ version: 1 });
    expect((await app.deploy()).report).toMatchObject({ outcome: 'unchanged', exitCode: 0, versionProven: true });
  });
});

test('a stop once the new version has crashed says so, and how to go back', async () => {
  await using app = await runningApp();
  await app.write({ version: 2, behavior: 'crashes' });
  const stopped = await stopAt(app, (event) => event.type === 'health' && event.observation.includes('crashed'));
  expect(stopped).toMatchObject({
    outcome: 'cancelled',
    text: `CANCELLED ${app.name}: v4 runs and is unhealthy: web.1 crashed  (sandbox)`,
    next: 'Fix the cause and deploy again, or go back: tozo rollback v3.',
  });
});

/** A version that listens once a file exists. */
function slowed(source: string, gate: string): string {
  return source
    .replace("from 'node:http';", "from 'node:http';\nimport { existsSync } from 'node:fs';")
    .replace(
      'createServer((',
      `while (!existsSync('${gate}')) await new Promise((r) => setTimeout(r, 50));\ncreateServer((`,
    );
}

/** Stops a deploy as SIGTERM does, at an event and once a condition holds. */
async function stopAt(app: TrialApp, isEvent: (event: DeployEvent) => boolean, step?: string, condition = () => true) {
  const abort = new AbortController();
  const stopWhenReady = (): void => {
    if (condition()) abort.abort(new Error('stopped by SIGTERM'));
    else setTimeout(stopWhenReady, 20);
  };
  const { report } = await app.deploy({
    signal: abort.signal,
    onEvent: (event) => {
      if (isEvent(event) && (step === undefined || ('step' in event && event.step === step))) stopWhenReady();
    },
  });
  return report;
}
