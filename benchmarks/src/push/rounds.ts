import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted, runCommand } from '../process.ts';
import { type BaseRegistry, startBaseRegistry } from '../servers/base-registry.ts';
import { startDelay } from './delay-proxy.ts';
import { dockerRun } from './docker-way.ts';
import { floor, type installContainerify, type PushResult, pushDirectly } from './node-ways.ts';
import { type Place, type Push, referenceOf } from './place.ts';
import { checkout, withOtherDependencies } from './project.ts';
import type { CaseResult, Goal, WayName } from './report.ts';

/** Shared by all measurements. */
export interface Stage {
  /** For all temporary files. */
  readonly directory: string;
  readonly app: string;
  readonly base: Place;
  /** Contains the images of earlier pushes. */
  readonly registry: BaseRegistry;
  readonly containerify: Awaited<ReturnType<typeof installContainerify>>;
  readonly rounds: number;
  readonly dockerRounds: number;
}

const docker = (classic: number, buildKit: number): Goal => ({
  'docker build': classic,
  'docker build (BuildKit)': buildKit,
});

const goals = {
  'one line changed': { floor: 1.15, containerify: 0.13, ...docker(0.06, 0.06) },
  'nothing changed': { floor: 1.08 },
  'first push': { containerify: 0.45, ...docker(0.18, 0.18) },
  'dependencies changed': docker(0.1, 0.12),
} as const satisfies Record<string, Goal>;

type CaseName = keyof typeof goals;

/** Pushes the previous image of every way. Docker rebuilds its layers for each checkout, so it finds only the base's. */
export async function prepare({ directory, app, base, registry, containerify }: Stage): Promise<void> {
  const context = await checkout(app, join(directory, 'first'), base, 'first');
  const runner = join(directory, 'runner');
  const at = (repository: string): Place => ({ host: registry.host, repository: `shop/${repository}`, tag: 'latest' });
  await pushDirectly({ context, target: at('ours'), runner });
  for (const repository of ['floor', 'other-dependencies', 'docker-classic', 'docker-buildkit'])
    await pushDirectly({ context, target: at(repository), runner }, ['--reuse-from', referenceOf(at('ours'))]);
  await containerify.push({ context, base, target: at('containerify'), runner });
  await rm(context, { recursive: true });
}

/** Measures all cases with one round trip, all ways in turns. Each round starts with another way. */
export async function measureRoundTrip(stage: Stage, roundTrip: number): Promise<CaseResult[]> {
  await using hub = await startDelay(stage.base.host, roundTrip);
  await using warm = await startDelay(stage.registry.host, roundTrip);
  const results = new Results();
  for (let round = 1; round <= stage.rounds; round++) {
    const directory = join(stage.directory, `${roundTrip}-${round}`);
    await mkdir(directory);
    await using empty = await startBaseRegistry(join(directory, 'empty'));
    await using emptyFar = await startDelay(empty.host, roundTrip);
    const base = { ...stage.base, host: hub.host };
    const context = await checkout(stage.app, join(directory, 'checkout'), base, `${roundTrip}-${round}`);
    const others = await withOtherDependencies(context, join(directory, 'others'), `${roundTrip}-${round}`);
    await new Round(stage, { round, directory, base, warm: warm.host, empty: emptyFar.host, results }).measure(
      context,
      others,
    );
    await rm(join(directory, 'checkout'), { recursive: true });
    await rm(join(directory, 'others'), { recursive: true });
  }
  return (Object.keys(goals) as CaseName[]).map((name) => ({
    name,
    roundTrip,
    seconds: results.of(name),
    goal: goals[name],
  }));
}

class Results {
  readonly #seconds = new Map<CaseName, Partial<Record<WayName, number[]>>>();

  add(name: CaseName, way: WayName, seconds: number): void {
    console.error(`${name}, ${way}: ${seconds.toFixed(2)} s`);
    const ways = this.#seconds.get(name) ?? {};
    (ways[way] ??= []).push(seconds);
    this.#seconds.set(name, ways);
  }

  of(name: CaseName): CaseResult['seconds'] {
    return this.#seconds.get(name) ?? {};
  }
}

interface RoundContext {
  readonly round: number;
  readonly directory: string;
  readonly base: Place;
  readonly warm: string;
  readonly empty: string;
  readonly results: Results;
}

class Round {
  readonly #stage: Stage;
  readonly #at: RoundContext;

  constructor(stage: Stage, at: RoundContext) {
    this.#stage = stage;
    this.#at = at;
  }

  async measure(context: string, others: string): Promise<void> {
    const steps = [
      () => this.#direct(context, others),
      () => this.#containerify(context),
      () => this.#docker(context, false),
      () => this.#docker(context, true),
    ];
    for (const index of steps.keys()) await steps[(index + this.#at.round) % steps.length]!();
  }

  async #direct(context: string, others: string): Promise<void> {
    const ours = this.#warm('ours');
    const first = await this.#ours('one line changed', context, ours);
    assertMeasured(first.reusedLayers === 3 && first.sentBytes < 100_000, 'more than one line was built or sent');
    await this.#floor('one line changed', context, true);
    const again = await this.#ours('nothing changed', context, ours);
    assertMeasured(again.sentBytes === 0, 'something was sent although nothing had changed');
    await this.#floor('nothing changed', context, false);
    const dependencies = await this.#ours('dependencies changed', others, this.#warm('other-dependencies'));
    assertMeasured(dependencies.sentBytes > 1e6, "the dependencies weren't sent");
    await this.#floor('dependencies changed', others, true);
    const whole = await this.#ours('first push', context, { ...ours, host: this.#at.empty });
    assertMeasured(whole.sentBytes > 50e6, "the registry wasn't empty");
    await this.#floor('first push', context, true);
  }

  async #ours(name: CaseName, context: string, target: Place): Promise<PushResult> {
    await settle();
    const pushed = await pushDirectly(this.#push(context, target));
    this.#at.results.add(name, 'registry-pusher', pushed.seconds);
    return pushed;
  }

  async #floor(name: CaseName, context: string, sends: boolean): Promise<void> {
    await settle();
    this.#at.results.add(name, 'floor', await floor(this.#push(context, this.#warm('floor')), sends));
  }

  async #containerify(context: string): Promise<void> {
    const target = this.#warm('containerify');
    for (const [name, host] of [
      ['one line changed', target.host],
      ['first push', this.#at.empty],
    ] as const) {
      await settle();
      const seconds = await this.#stage.containerify.push(this.#push(context, { ...target, host }));
      this.#at.results.add(name, 'containerify', seconds);
    }
  }

  /** On an empty runner Docker does the same work whatever has changed, so one build serves three cases. */
  async #docker(context: string, buildKit: boolean): Promise<void> {
    if (this.#at.round > this.#stage.dockerRounds) return;
    await settle();
    const again = this.#warm(buildKit ? 'docker-buildkit' : 'docker-classic');
    const first = { ...again, host: this.#at.empty };
    const run = await dockerRun(context, join(this.#at.directory, 'docker'), buildKit, { again, first });
    const way = buildKit ? 'docker build (BuildKit)' : 'docker build';
    this.#at.results.add('one line changed', way, run.build + run.again);
    this.#at.results.add('dependencies changed', way, run.build + run.again);
    this.#at.results.add('first push', way, run.build + run.first);
  }

  #warm(repository: string): Place {
    return { host: this.#at.warm, repository: `shop/${repository}`, tag: 'latest' };
  }

  #push(context: string, target: Place): Push {
    return { context, base: this.#at.base, target, runner: join(this.#at.directory, 'runner') };
  }
}

/** Waits until earlier writes are on disk. */
async function settle(): Promise<void> {
  await runCommand('sync', []);
  await sleep(200, undefined, { signal: interrupted });
}

/** Throws if something else than intended was measured. */
function assertMeasured(isIntended: boolean, otherwise: string): void {
  if (!isIntended) throw new Error(`Wrong measurement: ${otherwise}.`);
}
