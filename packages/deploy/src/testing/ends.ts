import { expect, test } from 'vitest';
import { conclude } from '../outcome/conclude.ts';
import type { Conclusion, NextStep } from '../outcome/conclusion.ts';
import type { Observations } from '../outcome/observations.ts';
import { type DeployOutcome, exitCodeOf } from '../outcome/outcome.ts';
import type { DeployPlan } from '../plan/plan.ts';
import { newImage, observed, oldImage, planOf, pushed, releaseOf } from './observed.ts';

/** One situation: what is planned and was observed, and what must follow. */
export type Row = readonly [name: string, plan: Partial<DeployPlan>, seen: Partial<Observations>, expected: Expected];
type Expected = NextStep | readonly [outcome: DeployOutcome, exitCode: number, text: string | RegExp, next?: RegExp];

export const v4 = releaseOf(4);
export const v5 = releaseOf(5);
export const v6 = releaseOf(6);
export const pendingV4 = releaseOf(4, { status: 'pending', current: false });
export const pendingV5 = releaseOf(5, { status: 'pending', current: false });
export const failedV4 = releaseOf(4, { status: 'failed', current: false });
export const failedV5 = releaseOf(5, { status: 'failed', current: false });
export const setA = releaseOf(4, { description: 'Set A config vars' });
/** Two process types, of which one runs the new image already. */
export const twoImages = {
  same: { type: 'web', repository: 'shop/web', imageId: newImage, running: newImage, pushed: true },
  unknown: { type: 'worker', repository: 'shop/worker', imageId: newImage, pushed: true },
  differing: { type: 'worker', repository: 'shop/worker', imageId: newImage, running: oldImage, pushed: false },
};
export const rivalV4 = releaseOf(4, { user: 'ben@example.com', description: 'Deployed web (ffffffffffff)' });
export const rivalV5 = releaseOf(5, { user: 'ben@example.com', description: 'Set A config vars' });
export const rivalV6 = releaseOf(6, { user: 'ben@example.com', description: 'Deployed web (ffffffffffff)' });
export const configVars = { configVars: { set: ['A', 'B'], unchanged: [], notInEffect: [], phase: false } };
export const unchangedPlan: Partial<DeployPlan> = {
  images: [{ type: 'web', repository: 'shop/web', imageId: newImage, running: newImage, pushed: true }],
  release: { needed: false, reason: 'these images are already running', phase: false },
};
export const unknownPlan: Partial<DeployPlan> = {
  images: [{ type: 'web', repository: 'shop/web', imageId: newImage, pushed: true }],
};
export const firstDeploy: Partial<DeployPlan> = {
  images: [{ type: 'web', repository: 'shop/web', imageId: newImage, pushed: false }],
};
export const live = { pushed, image: v4, current: v4 };

/**
 * Tests what `conclude` says in each situation, and that the ends among them have exactly these outcomes.
 * @param name of the page in docs/reference/ends that lists these ends
 */
export function testConclusions(name: string, rows: readonly Row[], outcomes: readonly DeployOutcome[]): void {
  test.each(rows)('%s', (_name, plan, seen, expected) => {
    const conclusion = conclusionOf(plan, seen);
    if (!isEnd(expected)) {
      expect(conclusion).toEqual({ kind: 'next', next: expected });
      return;
    }
    const [outcome, exitCode, text, next] = expected;
    if (conclusion.kind !== 'end') throw new Error(`goes on with ${conclusion.next.step}`);
    expect(conclusion.end.outcome).toBe(outcome);
    expect(exitCodeOf(conclusion.end.outcome)).toBe(exitCode);
    expect(conclusion.end.text).toEqual(typeof text === 'string' ? text : expect.stringMatching(text));
    if (next) expect(conclusion.end.next).toMatch(next);
    const isGood = exitCode === 0;
    expect(conclusion.end.error === undefined, 'only a good end has no error').toBe(isGood);
  });

  test('has a row for each of these outcomes', () => {
    const ends = rows.flatMap(([, , , expected]) => (isEnd(expected) ? [expected[0]] : []));
    expect(new Set(ends)).toEqual(new Set(outcomes));
  });

  if (outcomes.length === 0) return;
  test(`docs/reference/ends/${name}.md lists these ends`, async () => {
    await expect(describeEnds(name, rows)).toMatchFileSnapshot(`../../../../docs/reference/ends/${name}.md`);
  });
}

/** Returns the reference page of these ends. */
function describeEnds(name: string, rows: readonly Row[]): string {
  const ends = rows.flatMap(([situation, plan, seen]) => {
    const conclusion = conclusionOf(plan, seen);
    if (conclusion.kind === 'next') return [];
    const { outcome, text, error, next } = conclusion.end;
    const lines = [
      `exit   ${exitCodeOf(outcome, error?.code)} (${outcome})`,
      `says   ${text}`,
      ...(error ? [`error  ${error.code}: ${error.message}`] : []),
      ...(next ? [`next   ${next}`] : []),
    ];
    return [`## ${situation.replace(/ \(faults? .*\)$/, '')}\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`];
  });
  return [`# How a deploy ends: ${name}\n\nGenerated from the tests next to \`conclude\`.\n`, ...ends].join('\n');
}

function conclusionOf(plan: Partial<DeployPlan>, seen: Partial<Observations>): Conclusion {
  return conclude(withoutUndefined(planOf(plan)), withoutUndefined(observed(seen)));
}

function isEnd(expected: Expected): expected is Exclude<Expected, NextStep> {
  return Array.isArray(expected);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
