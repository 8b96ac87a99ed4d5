import type { DeployReport } from '@tozo/deploy';
import { type Fault, startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Behavior, createTrialApp } from '../src/testing/trial-app.ts';

/* Someone else's release at each point of a deploy that changes a config var and the image. */
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ durations: { killAfter: 500, drain: 50 }, requestsPerHour: 1_000_000 });
});
afterAll(() => sandbox.close());

type Point = keyof typeof requests;
type When = 'before' | 'after';

const requests = {
  'config vars': { method: 'PATCH', path: '/config-vars$' },
  images: { method: 'PATCH', path: '/formation$' },
  rollback: { method: 'POST', path: '/releases$' },
};

interface OtherRelease {
  readonly when: When;
  readonly point: Point;
  readonly behavior: Behavior;
}

const points: readonly (readonly [when: When, point: Point, behaviors: readonly Behavior[]])[] = [
  ['before', 'config vars', ['good']],
  ['after', 'config vars', ['good']],
  ['before', 'images', ['good', 'crashes']],
  ['after', 'images', ['good', 'crashes']],
  ['after', 'rollback', ['crashes']],
];
const cases = points.flatMap(([when, point, behaviors]) =>
  behaviors.map(
    (behavior) =>
      [
        `just ${when} the request for the ${point} of a version that ${behavior === 'good' ? 'is good' : behavior}`,
        { when, point, behavior },
      ] as const,
  ),
);

test.concurrent.each(cases)(
  "someone else's release %s stays and is reported (faults 71, 98, deploy)",
  async (_, other) => {
    await using deployed = await deployWith(other, 'succeeded');
    const { report, state } = deployed;
    expect(report).toMatchObject({ outcome: 'superseded', exitCode: 5, runningRelease: state.current });
    expect(report.text).toContain('somebody@example.com released v');
    expect(state.configVars).toHaveProperty('SLIPPED_IN');
    expect(state.releases.filter(({ description }) => description.startsWith('Rollback'))).toHaveLength(
      other.point === 'rollback' ? 1 : 0,
    );
  },
);

test('a release of someone else that Heroku puts before the rollback is named, with the way back to it (fault 98, deploy)', async () => {
  await using deployed = await deployWith({ when: 'before', point: 'rollback', behavior: 'crashes' }, 'succeeded');
  const { report, state } = deployed;
  expect(report).toMatchObject({ outcome: 'superseded', exitCode: 5, runningRelease: state.current });
  expect(report.text).toMatch(
    /somebody@example.com released v7 .* just before the rollback, which undid it\. shop-\w+ RUNS v8 = v4's image/,
  );
  expect(report.next).toContain('tozo rollback v7');
  expect(state.response).toContain('"version":1');
});

test.concurrent.each([
  ['config vars', ' Heroku kept the values of SLIPPED_IN, and they are in effect since v7.'],
  ['images', ' Heroku keeps the values of SLIPPED_IN, and they go into effect with the next release.'],
  ['rollback', ' Heroku keeps the values of SLIPPED_IN, and they go into effect with the next release.'],
] as const)(
  "someone else's failed release just after the request for the %s changes nothing, and is a warning (fault 99, deploy)",
  async (point, values) => {
    const behavior = point === 'rollback' ? 'crashes' : 'good';
    await using deployed = await deployWith({ when: 'after', point, behavior }, 'failed');
    const { report, state } = deployed;
    const end = behavior === 'good' ? { outcome: 'deployed', exitCode: 0 } : { outcome: 'rolled-back', exitCode: 3 };
    expect(report).toMatchObject({ ...end, runningRelease: state.current });
    const { version } = report.others[0]!;
    expect(report.warnings).toEqual([
      `somebody@example.com released v${version} ("Set SLIPPED_IN config vars") during this deploy, and it failed.${values}`,
    ]);
    expect(state.response).toBe(behavior === 'good' ? '{"version":2,"level":"loud"}' : '{"version":1,"level":"quiet"}');
  },
);

async function deployWith({ when, point, behavior }: OtherRelease, status: 'succeeded' | 'failed') {
  const app = await createTrialApp(sandbox);
  await app.run({ version: 1, level: 'quiet' });
  await app.write({ version: 2, behavior, level: 'loud' });
  const { method, path } = requests[point];
  const on: Fault['on'] = { service: 'heroku', method, path: `^/apps/${app.name}${path}` };
  const fault = sandbox.faults.add({ on, effect: { kind: 'other-release', status, when } });
  const { report }: { report: DeployReport } = await app.deploy();
  const state = await app.state();
  expect(fault.fired).toBe(1);
  expect(report.others.map((other) => other.status)).toEqual([status]);
  return { report, state, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}
