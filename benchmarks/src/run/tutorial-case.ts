import { join } from 'node:path';
import { startBaseRegistry } from '../servers/base-registry.ts';
import { tutorial, writeCheckout, writeMain } from './project.ts';
import type { Case } from './report.ts';
import { assertMeasured, note, placeAt, type Stage } from './stage.ts';
import { dockerRun, pushOurs } from './ways.ts';

/** The tutorial's Dockerfile: one line changed, dependencies changed, and the first push. */
export async function measureTutorial(stage: Stage): Promise<Case[]> {
  const { directory, withoutRun, base, registry, packages, rounds } = stage;
  const runner = join(directory, 'runner');
  const dockerfile = tutorial(base);
  const line = new Series();
  const dependencies = new Series();
  const first = new Series();

  const before = await writeCheckout(join(directory, 'checkout'), { dockerfile, version: 'first', packages });
  await pushOurs(before, placeAt(registry, 'ours'), runner);
  await pushOurs(before, placeAt(registry, 'others'), runner);
  await pushOurs(withoutRun, placeAt(registry, 'without-run'), runner);
  for (const buildKit of [false, true]) await pushOurs(before, placeAt(registry, `docker-${buildKit}`), runner);

  for (let round = 1; round <= rounds; round++) {
    await using empty = await startBaseRegistry(join(directory, `empty-${round}`));
    const version = `round ${round}`;
    const context = await writeCheckout(join(directory, 'checkout'), { dockerfile, version, packages });
    const changed = { dockerfile, version, packages, withoutLast: round % 2 === 1 };
    const others = await writeCheckout(join(directory, 'others'), changed);
    await writeMain(withoutRun, version);

    const ours = await pushOurs(context, placeAt(registry, 'ours'), runner);
    assertMeasured(ours.runs.join() === 'reused' && ours.sentBytes < 100_000, 'more than one line was built or sent');
    line.ours.push(note('one line changed', 'ours', ours.seconds));
    const plain = await pushOurs(withoutRun, placeAt(registry, 'without-run'), runner);
    line.add('without RUN', note('one line changed', 'without RUN', plain.seconds));
    const installed = await pushOurs(others, placeAt(registry, 'others'), runner);
    assertMeasured(installed.runs.join() === 'executed', 'npm ci did not run');
    dependencies.ours.push(note('dependencies changed', 'ours', installed.seconds));
    const cold = await pushOurs(context, placeAt(empty, 'ours'), runner);
    assertMeasured(cold.runs.join() === 'executed', 'npm ci did not run');
    first.ours.push(note('first push', 'ours', cold.seconds));

    for (const buildKit of [false, true]) {
      const way = buildKit ? 'docker build (BuildKit)' : 'docker build';
      const places = { again: placeAt(registry, `docker-${buildKit}`), first: placeAt(empty, `docker-${buildKit}`) };
      const theirs = await dockerRun(context, directory, buildKit, places);
      line.add(way, note('one line changed', way, theirs.build + theirs.again));
      // An empty engine installs in any case.
      dependencies.add(way, theirs.build + theirs.again);
      first.add(way, note('first push', way, theirs.build + theirs.first));
    }
  }
  const goals = (limit: number) => ({ 'docker build': limit, 'docker build (BuildKit)': limit });
  return [
    { name: 'one line changed', ...line.all, goals: { ...goals(0.1), 'without RUN': 1.5 } },
    { name: 'dependencies changed', ...dependencies.all, goals: goals(0.7) },
    { name: 'first push', ...first.all, goals: goals(0.8) },
  ];
}

/** Seconds of the rounds. */
export class Series {
  readonly ours: number[] = [];
  readonly #others: Record<string, number[]> = {};

  add(way: string, seconds: number): void {
    (this.#others[way] ??= []).push(seconds);
  }

  get all(): Pick<Case, 'ours' | 'others'> {
    return { ours: this.ours, others: this.#others };
  }
}
