import type { DeployReport } from '@tozo/deploy';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deployer, startDeployer } from '../src/testing/deployer.ts';
import type { Seen } from '../src/testing/prober.ts';
import { openRequestGate } from '../src/testing/request-gate.ts';
import { createTrialApp, type RunningState, type TrialApp, type Version } from '../src/testing/trial-app.ts';

/*
 * Kills a deploy after each of its requests, once by SIGKILL and once by SIGTERM, and deploys again. Runs a sample;
 * `npm run prove kills` runs all. KILL_KINDS=REGEXP selects some kinds of deploys, and KILL_REQUESTS=REGEXP some requests.
 */
const runsAll = process.env['KILLS'] === 'all';
const selected = new RegExp(process.env['KILL_KINDS'] ?? '');
const requested = new RegExp(process.env['KILL_REQUESTS'] ?? '');
const parallel = 3;

interface Kind {
  readonly name: string;
  readonly before?: Version;
  readonly after: Version;
  /** The outcome of the deploy after the killed one. */
  readonly outcomes: readonly DeployReport['outcome'][];
}

const goesLive = ['deployed', 'unchanged'] as const;
const kinds: readonly Kind[] = [
  { name: 'first', after: { version: 2, worker: true, level: 'loud' }, outcomes: goesLive },
  { name: 'code', before: { version: 1 }, after: { version: 2 }, outcomes: goesLive },
  {
    name: 'config',
    before: { version: 1, level: 'quiet' },
    after: { version: 1, level: 'loud' },
    outcomes: goesLive,
  },
  {
    name: 'both',
    before: { version: 1, level: 'quiet' },
    after: { version: 2, level: 'loud' },
    outcomes: goesLive,
  },
  {
    name: 'three types',
    before: { version: 1, worker: true, clock: true },
    after: { version: 2, worker: true, clock: true },
    outcomes: goesLive,
  },
  {
    name: 'release phase',
    before: { version: 1, releasePhase: true },
    after: { version: 2, releasePhase: true },
    outcomes: goesLive,
  },
  {
    name: 'failing release phase',
    before: { version: 1, releasePhase: true, level: 'quiet' },
    after: { version: 2, behavior: 'release phase fails', level: 'loud' },
    outcomes: ['failed'],
  },
  {
    name: 'unhealthy',
    before: { version: 1, level: 'quiet' },
    after: { version: 2, behavior: 'crashes', level: 'loud' },
    outcomes: ['rolled-back'],
  },
];

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
  readonly wrongAnswers: number;
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
          `${sum(ofSignal.map(({ wrongAnswers }) => wrongAnswers))} wrong answers, ${sum(ofSignal.map(({ extraReleases }) => extraReleases))} more releases` +
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
    const some = numbers.filter((number) => requested.test(requests[number - 1]!));
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
  await using app = await prepare(kind);
  const before = (await app.state()).releases.length;
  await using gate = await openRequestGate(sandbox);
  const { report } = await deployThrough(app, gate.urls);
  const state = await app.state();
  const expected = kind.outcomes[0];
  expect(report).toMatchObject({ outcome: expected });
  return { requests: [...gate.requests], state, created: state.releases.length - before };
}

async function killAt(kind: Kind, whole: Uninterrupted, signal: Signal, number: number): Promise<Point> {
  await using app = await prepare(kind);
  const before = await app.state();
  const prober = app.probe();
  const problems: string[] = [];
  await using gate = await openRequestGate(sandbox, number);
  let stopMs = 0;
  if (signal === 'SIGKILL') {
    await using deployer = await takeDeployer();
    const deployed = deployer.deploy({
      directory: app.directory,
      app: app.name,
      urls: gate.urls,
      apiKey: sandbox.apiKey,
    });
    await Promise.race([gate.held, deployed.catch(() => undefined)]);
    await deployer.kill();
  } else {
    const abort = new AbortController();
    const deployed = deployThrough(app, gate.urls, abort.signal);
    await Promise.race([gate.held, deployed]);
    const stopped = performance.now();
    abort.abort(new Error('stopped by SIGTERM'));
    const { report } = await deployed;
    stopMs = performance.now() - stopped;
    problems.push(...untruths(report, before, await app.state()));
    if (stopMs > 4_000) problems.push(`stopped after ${stopMs} ms`);
  }
  const request = gate.requests[number - 1] ?? 'finished before';
  const { report } = await app.deploy();
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
  if (isHealthy && wrongAnswers > 0) problems.push(`wrong answers: ${probed.summary}`);
  if (problems.length > 0) {
    problems.push(...after.releases.map(({ version, status, description }) => `v${version} ${status} ${description}`));
  }
  if (problems.length > 0) console.log(kind.name, signal, number, request, problems);
  return { request: `${signal} ${number}: ${request}`, problems, extraReleases, wrongAnswers, stopMs };
}

async function prepare(kind: Kind): Promise<TrialApp> {
  const app = await createTrialApp(sandbox);
  if (kind.before) await app.run(kind.before);
  await app.write(kind.after);
  return app;
}

async function deployThrough(app: TrialApp, urls: Sandbox['urls'], signal?: AbortSignal) {
  return app.deploy({ urls, ...(signal ? { signal } : {}) });
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
function wrongIn(seen: readonly Seen[], { before, after }: Kind): number {
  const levels = [before?.level, after.level];
  const versions = [before?.version, after.version];
  const right = versions.flatMap((version) => levels.map((level) => JSON.stringify({ version, level })));
  const first = seen.findIndex(({ text }) => right.includes(text));
  return first < 0 ? 0 : seen.slice(first).filter(({ text }) => !right.includes(text)).length;
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
