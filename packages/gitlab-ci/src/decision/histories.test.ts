import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JobEnd, ModelProject } from '../testing/model.ts';

const apps = ['shop', 'till', 'api'];
const app = fc.constantFrom(...apps);
const pipeline = fc.nat({ max: 30 });
const ends = ['failed-early', 'failed-late', 'rolled-back', 'canceled-early', 'canceled-late'] as const;
const end = fc.constantFrom<JobEnd>('success', 'success', 'success', 'success', ...ends);

const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), touched: fc.subarray(apps) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('revert' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('start' as const), source: fc.constantFrom('schedule', 'web') }),
  },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('run' as const), pipeline, app, end }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('retry' as const), pipeline, app, end }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pipeline, app }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('putBack' as const), pipeline, app }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function happen(project: ModelProject, what: Event): void {
  const id = 'pipeline' in what ? 1 + (what.pipeline % project.pipelines.length) : 0;
  switch (what.kind) {
    case 'push':
      return project.push(what.touched);
    case 'revert':
      return project.revert();
    case 'start':
      return project.start(what.source);
    case 'run':
      return void project.run(id, what.app, what.end);
    case 'retry':
      return project.retry(id, what.app, what.end);
    case 'putBack':
      return project.putBack(what.app, what.pipeline);
    case 'cancel':
      return project.cancelWaiting(id, what.app);
  }
}

/** A last push, after which everything that still waits runs in any order and succeeds if it deploys. */
const finish = fc.record({ touched: fc.subarray(apps), order: fc.array(fc.nat({ max: 30 }), { maxLength: 20 }) });

test('when the last pipeline is green, every app runs what main says, or what was put back on purpose and is reported so', () => {
  const count = { histories: 0, green: 0, nothing: 0, deploy: 0, kept: 0, held: 0, redeploy: 0, outdated: 0 };
  fc.assert(
    fc.property(fc.array(event, { minLength: 10, maxLength: 40 }), finish, (events, { touched, order }) => {
      const project = new ModelProject(apps);
      for (const what of events) happen(project, what);
      project.push(touched);
      const last = project.pipelines.at(-1)!;
      const main = project.commits.at(-1)!;
      count.histories += 1;
      for (const name of apps) {
        let decision: ReturnType<ModelProject['run']>;
        const waiting = project.pipelines.map(({ id }) => id).filter((id) => project.waiting(id, name));
        for (const index of [...order, ...waiting.keys()]) {
          const id = waiting[index % waiting.length]!;
          const decided = project.run(id, name, 'success');
          if (id === last.id) decision ??= decided;
        }
        const { kind } = decision!;
        count[kind] += 1;
        const isGreen = project.records
          .get(name)!
          .some(({ pipelineId, status }) => pipelineId === last.id && status === 'success');
        expect(isGreen).toBe(kind !== 'held' && kind !== 'outdated');
        if (!isGreen) continue;
        count.green += 1;
        if (kind === 'kept') expect(project.runs.get(name)).toBe(project.purpose.get(name)?.content);
        else expect(project.runs.get(name), `${name} at ${main.name}`).toBe(main.contents[name]);
      }
      expect(project.broughtBack).toEqual([]);
    }),
    { numRuns: 500, seed: 13 },
  );
  expect(count.histories).toBeGreaterThanOrEqual(500);
  for (const kind of ['green', 'nothing', 'deploy', 'kept', 'held'] as const)
    expect(count[kind], kind).toBeGreaterThan(10);
});
