import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Seen } from '../src/testing/prober.ts';
import { type Behavior, createTrialApp, type RunningState } from '../src/testing/trial-app.ts';

/*
 * A running version 1 and a broken version 2, whose deploy must end with version 1 and say so. Runs a sample;
 * `npm run prove broken-versions` runs all.
 */
const runsAll = process.env['BROKEN_VERSIONS'] === 'all';
const preboot = 2_000;
const rows: string[][] = [];
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({
    durations: { killAfter: 500, drain: 50, bootTimeout: 6_000, preboot },
    requestsPerHour: 1_000_000,
  });
});
afterAll(async () => {
  await sandbox.close();
  if (runsAll) printTable();
});

interface BrokenVersion {
  readonly behavior: Behavior;
  readonly preboot: boolean;
  readonly marker: boolean;
  /** Whether the deploy also changes a config var, and the app has a worker. */
  readonly more: boolean;
}

const behaviors = ['crashes', 'never binds', 'answers 500', 'answers as v1', 'release phase fails'] as const;
const yesAndNo = [false, true];
const all: BrokenVersion[] = behaviors.flatMap((behavior) =>
  yesAndNo.flatMap((preboot) =>
    yesAndNo.flatMap((marker) => yesAndNo.map((more) => ({ behavior, preboot, marker, more }))),
  ),
);
const sample: BrokenVersion[] = [
  { behavior: 'crashes', preboot: false, marker: false, more: true },
  { behavior: 'never binds', preboot: false, marker: true, more: false },
  { behavior: 'answers 500', preboot: true, marker: false, more: false },
  { behavior: 'answers as v1', preboot: true, marker: true, more: true },
  { behavior: 'release phase fails', preboot: false, marker: true, more: true },
];

test.concurrent.each((runsAll ? all : sample).map((broken) => [describeCase(broken), broken] as const))(
  'deploying a version that %s ends with the one before it (faults 72, 101, deploy)',
  { timeout: 120_000 },
  async (_, broken) => {
    await using app = await createTrialApp(sandbox, { preboot: broken.preboot });
    const parts = broken.more ? { worker: true, level: 'quiet' } : {};
    await app.run({ version: 1, marker: broken.marker, ...parts });
    const before = await app.state();
    const prober = app.probe();
    const changed = broken.more ? { worker: true, level: 'loud' } : {};
    await app.write({ version: 2, ...broken, ...changed, timeoutSeconds: 3 });
    const { report, output } = await app.deploy({ prebootSeconds: preboot / 1000 });
    const after = await app.state();
    const probed = await prober.stop();

    const ends = endOf(broken);
    expect(report).toMatchObject({ ...ends, runningRelease: after.current, versionProven: false });
    expect(report.text).toContain(`v${after.current}`);
    if (broken.behavior === 'crashes') expect(output).toContain('no database for 2');
    if (ends.outcome !== 'deployed') expect(remaining(after)).toEqual(remaining(before));
    else expect(after.response).toContain('"version":1');
    const isRight = ({ text }: Seen): boolean => text.startsWith('{"version":1');
    rows.push([
      broken.behavior,
      broken.preboot ? 'on' : 'off',
      broken.marker ? 'yes' : 'no',
      broken.more ? 'yes' : 'no',
      `${report.outcome}, exit ${report.exitCode}`,
      `${Math.round(probed.longestGap(isRight))} ms`,
      `${probed.wrong(isRight)} of ${probed.seen.length}`,
    ]);
  },
);

function describeCase({ behavior, preboot, marker, more }: BrokenVersion): string {
  const parts = [preboot ? 'with Preboot' : '', marker ? '' : 'without a marker', more ? 'with a config var' : ''];
  return [behavior, ...parts].filter(Boolean).join(', ');
}

/** A version that answers exactly as the old one can only be told from it by its marker. */
function endOf({ behavior, marker }: BrokenVersion) {
  if (behavior === 'release phase fails') return { outcome: 'failed', exitCode: 1 };
  if (behavior === 'answers as v1' && !marker) return { outcome: 'deployed', exitCode: 0 };
  return { outcome: 'rolled-back', exitCode: 3 };
}

/** What must be as before. */
function remaining({ response, configVars, formation: { release: _, ...formation }, images }: RunningState) {
  return { response, configVars, formation, images };
}

function printTable(): void {
  const head = ['version 2', 'Preboot', 'marker', 'config var too', 'end', 'longest gap', 'wrong answers'];
  const table = [head, ...rows.toSorted((a, b) => a.join().localeCompare(b.join()))];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  console.log(table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n'));
}
