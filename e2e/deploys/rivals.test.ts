import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeployReport } from '@tozo/deploy';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deployer, startDeployer } from '../src/testing/deployer.ts';
import { createTrialApp, type ReleaseRow, responseOf, type TrialApp } from '../src/testing/trial-app.ts';

/*
 * Two deploys of one app at the same time, of two versions with two values of a config var. Runs a few rounds;
 * `npm run prove rivals` runs 50.
 */
const rounds = Number(process.env['RIVALS'] ?? 2);
let sandbox: Sandbox;
let state: string;
let here: Deployer;
let alsoHere: Deployer;
let elsewhere: Deployer;
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'tozo-rivals-'));
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 }, requestsPerHour: 1_000_000 });
  [here, alsoHere, elsewhere] = (await Promise.all(
    ['a', 'a', 'b'].map((name) => startDeployer(join(state, name))),
  )) as [Deployer, Deployer, Deployer];
});
afterAll(async () => {
  await Promise.all([here, alsoHere, elsewhere].map((deployer) => deployer.kill()));
  await sandbox.close();
  await rm(state, { recursive: true });
});

interface Round {
  readonly reports: readonly [DeployReport, DeployReport];
  readonly releases: readonly ReleaseRow[];
  readonly response: string;
}

test(
  `of two deploys on one machine one is refused, or they run one after the other, ${rounds} times (fault 82, deploy)`,
  { timeout: rounds * 60_000 },
  async () => {
    let refused = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { reports, response } = await race(here, alsoHere, round);
      const losers = reports.filter(({ error }) => error?.code === 'DEPLOY_RUNNING');
      refused += losers.length;
      for (const { text, exitCode, others } of losers) {
        expect(exitCode).toBe(1);
        expect(text).toContain('is in progress on this machine');
        expect(others).toEqual([]);
      }
      const winners = reports.filter(({ error }) => error?.code !== 'DEPLOY_RUNNING');
      for (const report of winners) expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
      expect([responseOf(2, 'two'), responseOf(3, 'three')]).toContain(response);
    }
    console.log(`${rounds} pairs on one machine: ${refused} refused, 0 interleaved`);
  },
);

test(
  `of two deploys on two machines no mix is called live, ${rounds} times (faults 82, 98, 170, deploy)`,
  { timeout: rounds * 60_000 },
  async () => {
    const ends: Record<string, number> = {};
    let mixes = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { reports, releases, response } = await race(here, elsewhere, round);
      const end = reports
        .map(({ outcome }) => outcome)
        .sort()
        .join(' and ');
      ends[end] = (ends[end] ?? 0) + 1;
      const isMix = ![responseOf(2, 'two'), responseOf(3, 'three')].includes(response);
      if (isMix) mixes += 1;
      const story = [...reports.map(({ text }) => text), response, ...releases.map(rowText)].join('\n');
      expect(
        reports.every(({ outcome }) => ['superseded', 'deployed'].includes(outcome)),
        story,
      ).toBe(true);
      for (const report of reports) {
        if (report.outcome === 'superseded') expect(report.others.length, story).toBeGreaterThan(0);
        if (report.outcome === 'deployed') expect(isAlone(report, releases), story).toBe(true);
      }
      if (isMix) expect(reports.at(-1)!.outcome, story).toBe('superseded');
      if (reports.every(({ outcome }) => outcome === 'deployed')) expect(isMix, story).toBe(false);
    }
    console.log(`${rounds} pairs on two machines: ${JSON.stringify(ends)}, ${mixes} mixes, all reported`);
  },
);

/** Starts two deploys at nearly the same time. Returns their reports in the order in which they ended. */
async function race(one: Deployer, other: Deployer, round: number): Promise<Round> {
  await using app = await createTrialApp(sandbox);
  await app.run({ version: 1, level: 'one' });
  await using copy = await app.copy();
  await app.write({ version: 2, level: 'two' });
  await copy.write({ version: 3, level: 'three' });
  const reports: DeployReport[] = [];
  const start = async (
    deployer: Deployer,
    { directory }: Pick<TrialApp, 'directory'>,
    delay: number,
  ): Promise<void> => {
    await sleep(delay);
    const { urls, apiKey } = sandbox;
    reports.push(await deployer.deploy({ directory, app: app.name, urls, apiKey }));
  };
  // From both at once to one that begins when the other is half done, either of them first.
  const delay = (round * 37) % 400;
  await Promise.all([start(one, app, round % 2 ? delay : 0), start(other, copy, round % 2 ? 0 : delay)]);
  const { response, releases } = await app.state();
  return { reports: reports as unknown as Round['reports'], releases, response };
}

/** Whether all releases from before a deploy's first to its last are its own. */
function isAlone({ releases: own }: DeployReport, rows: readonly ReleaseRow[]): boolean {
  const between = rows.filter(({ version }) => version >= own[0]! && version <= own.at(-1)!);
  return between.every(({ version }) => own.includes(version));
}

function rowText({ version, status, description }: ReleaseRow): string {
  return `v${version} ${status} ${description}`;
}
