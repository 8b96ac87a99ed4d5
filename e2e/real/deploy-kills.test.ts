import type { DeployReport } from '@tozo/deploy';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deployer, startDeployer } from '../src/testing/deployer.ts';
import type { Seen } from '../src/testing/prober.ts';
import { openRequestGate } from '../src/testing/request-gate.ts';
import type { RunningState } from '../src/testing/trial-app.ts';
import { deployThrough, goesLive, type Kind, kinds, prepare } from './deploy-kinds.ts';

/*
 * Kills a deploy after each of its requests, once by SIGKILL and once by SIGTERM, and deploys again. Runs a sample;
 * `npm run prove kills` runs all. KILL_KINDS=REGEXP selects some kinds of deploys, KILL_REQUESTS=REGEXP some requests, and
 * KILL_POINTS=FROM-TO some of their numbers.
 */
const runsAll = process.env['KILLS'] === 'all';
const selected = new RegExp(process.env['KILL_KINDS'] ?? '');
const requested = new RegExp(process.env['KILL_REQUESTS'] ?? '');
const [from = 1, to = Infinity] = process.env['KILL_POINTS']?.split('-').map(Number) ?? [];
const parallel = 3;

let sandbox: Sandbox;
const state = process.env['XDG_STATE_HOME']!;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 }, requestsPerHour: 1_000_000 });
});
afterAll(() => sandbox.close());

type Signal = 'SIGKILL' | 'SIGTERM';

interface Uninterrupted {
  readonly requests: readonly string[];
  readonly state: RunningState;
  /** The releases that the deploy created. */
  readonly created: number;
}

interface Point {
  readonly request: string;
  /** Why the point doesn't hold. */
  readonly problems: readonly string[];
  readonly extraReleases: number;
  /** What users saw that no healthy version responds. */
  readonly wrongAnswers: readonly string[];
  readonly stopMs: number;
}

test.each(kinds.filter(({ name }) => selected.test(name)).map((kind) => [kind.name, kind] as const))(
  'a deploy (%s) that is killed after any request converges when it runs again (faults 79, 80, deploy)',
  { timeout: 3_600_000 },
  async (_, kind) => {
    const whole = await runWhole(kind);
    const points = pointsOf(kind, whole.requests);
    const results = await inParallel(points, ([signal, number]) => killAt(kind, whole, signal, number));
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const ofSignal = results.filter((_, index) => points[index]![0] === signal);
      const bad = ofSignal.filter(({ problems }) => problems.length > 0);
      const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
      console.log(
        `${kind.name}: ${signal} after ${ofSignal.length} of ${whole.requests.length} requests: ${ofSignal.length - bad.length} converged, ` +
          `${describeWrong(ofSignal.flatMap(({ wrongAnswers }) => wrongAnswers))}, ${sum(ofSignal.map(({ extraReleases }) => extraReleases))} more releases` +
          (signal === 'SIGTERM'
            ? `, stopped within ${Math.max(0, ...ofSignal.map(({ stopMs }) => Math.round(stopMs)))} ms`
            : ''),
      );
    }
    expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
  },
);

/** All points, or some that a fixed seed selects. */
function pointsOf({ name }: Kind, requests: readonly string[]): (readonly [Signal, number])[] {
  const count = requests.length;
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  if (runsAll) {
    const some = numbers.filter((number) => number >= from && number <= to && requested.test(requests[number - 1]!));
    return some.flatMap((number) => (['SIGKILL', 'SIGTERM'] as const).map((signal) => [signal, number] as const));
  }
  const seed = name.length;
  const late = Math.floor(count * 0.55);
  return [
    ['SIGKILL', requests.findIndex((request) => request.startsWith('heroku PATCH')) + 1],
    ['SIGKILL', late + 5 + ((seed * 3) % Math.max(1, count - late - 6))],
    ['SIGTERM', late + ((seed * 5) % Math.max(1, count - late))],
  ];
}

async function runWhole(kind: Kind): Promise<Uninterrupted> {
  await using prepared = await prepare(sandbox, kind);
  const { app } = prepared;
  const before = (await app.state()).releases.length;
  await using gate = await openRequestGate(sandbox);
  const { report } = await deployThrough(sandbox, prepared, gate.urls);
  const state = await app.state();
  const expected = kind.outcomes[0];
  expect(report).toMatchObject({ outcome: expected });
  return { requests: [...gate.requests], state, created: state.releases.length - before };
}

async function killAt(kind: Kind, whole: Uninterrupted, signal: Signal, number: number): Promise<Point> {
  await using prepared = await prepare(sandbox, kind);
  const { app, order } = prepared;
  const before = await app.state();
  const prober = app.probe();
  const problems: string[] = [];
  await using gate = await openRequestGate(sandbox, number);
  let stopMs = 0;
  if (signal === 'SIGKILL') {
    await using deployer = await takeDeployer();
    const deployed = deployer.deploy({ ...order, urls: gate.urls, apiKey: sandbox.apiKey });
    await Promise.race([gate.held, deployed.catch(() => undefined)]);
    await deployer.kill();
  } else {
    const abort = new AbortController();
    const deployed = deployThrough(sandbox, prepared, gate.urls, abort.signal);
    await Promise.race([gate.held, deployed]);
    const stopped = performance.now();
    abort.abort(new Error('stopped by SIGTERM'));
    const { report } = await deployed;
    stopMs = performance.now() - stopped;
    problems.push(...untruths(report, before, await app.state()));
    if (stopMs > 4_000) problems.push(`stopped after ${stopMs} ms`);
  }
  const request = gate.requests[number - 1] ?? 'finished before';
  const { report } = await deployThrough(sandbox, prepared, sandbox.urls);
  const after = await app.state();
  const probed = await prober.stop();
  if (!kind.outcomes.includes(report.outcome)) problems.push(`ran again: ${report.outcome}: ${report.text}`);
  if (report.runningRelease !== undefined && report.runningRelease !== after.current)
    problems.push(`reported v${report.runningRelease}, runs v${after.current}`);
  const [ends, should] = [after, whole.state].map((state) => JSON.stringify(comparable(state)));
  if (ends !== should) problems.push(`ended as ${ends} instead of ${should}`);
  const extraReleases = after.releases.length - before.releases.length - whole.created;
  const isHealthy = kind.outcomes === goesLive;
  if (extraReleases > (isHealthy ? 0 : whole.created)) problems.push(`${extraReleases} more releases`);
  const wrongAnswers = wrongIn(probed.seen, kind);
  // Without Preboot, a release stops the old dynos first: a 503 while the new ones start, but never a version that must not run.
  if (wrongAnswers.some((text) => text.startsWith('{'))) problems.push(`wrong answers: ${probed.summary}`);
  if (problems.length > 0) {
    problems.push(...after.releases.map(({ version, status, description }) => `v${version} ${status} ${description}`));
  }
  if (problems.length > 0) console.log(kind.name, signal, number, request, problems);
  return { request: `${signal} ${number}: ${request}`, problems, extraReleases, wrongAnswers, stopMs };
}

/** What the report says, compared with what the platform shows right after it. */
function untruths(report: DeployReport, before: RunningState, after: RunningState): string[] {
  const { text, outcome, releases } = report;
  const created = after.releases.filter(({ version }) => version > before.releases[0]!.version);
  const unclaimed = created.filter(({ version }) => !releases.includes(version));
  const says = (pattern: RegExp): boolean => pattern.test(text);
  const isUnsure = says(/may still take effect|couldn't be read|UNKNOWN|outcome is unknown/);
  const named = Number(/\bv(\d+) (?:runs|is still running)/i.exec(text)?.[1] ?? after.current);
  return [
    ...(outcome === 'cancelled' || !says(/CANCELLED/) ? [] : [`outcome ${outcome}: ${text}`]),
    ...(says(/nothing was (?:released|changed)/) && !isUnsure && created.length > 0
      ? [`says "${text}" after v${created[0]!.version} ${created[0]!.description}`]
      : []),
    ...(unclaimed.length > 0 && !isUnsure
      ? [`doesn't name v${unclaimed[0]!.version} (${unclaimed[0]!.description}): ${text}`]
      : []),
    ...(named !== after.current && !says(/is pending/) ? [`says "${text}", but v${after.current} runs`] : []),
  ];
}

function comparable({ response, configVars, formation: { release: _, ...formation }, images }: RunningState) {
  return { response, configVars, formation, images };
}

/** Responses that no healthy version gives, once the first one has responded. */
function wrongIn(seen: readonly Seen[], { before, after, outcomes }: Kind): string[] {
  const levels = [before?.level, after.level];
  const versions = [before?.version, ...(outcomes === goesLive ? [after.version] : [])];
  const right = versions.flatMap((version) => levels.map((level) => JSON.stringify({ version, level })));
  const first = seen.findIndex(({ text }) => right.includes(text));
  return first < 0 ? [] : seen.slice(first).flatMap(({ text }) => (right.includes(text) ? [] : [text]));
}

/** `0 wrong answers, 2 without an answer (2× 503)`. */
function describeWrong(texts: readonly string[]): string {
  const wrong = texts.filter((text) => text.startsWith('{'));
  const counts = [...new Set(texts)].map((text) => `${texts.filter((other) => other === text).length}× ${text}`);
  const details = counts.length > 0 ? ` (${counts.join(', ')})` : '';
  return `${wrong.length} wrong answers, ${texts.length - wrong.length} without an answer${details}`;
}

/** Starting a process takes longer than a deploy, so the next one is ready before it's needed. */
const ready: Promise<Deployer>[] = [];
async function takeDeployer(): Promise<Deployer> {
  const next = ready.shift() ?? startDeployer(state);
  ready.push(startDeployer(state));
  return next;
}
afterAll(async () => {
  for (const deployer of ready) await (await deployer).kill();
});

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
    }),
  );
  return results;
}
