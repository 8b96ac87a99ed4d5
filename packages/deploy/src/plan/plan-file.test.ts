import { digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { planOf } from '../testing/observed.ts';
import { formatPlanFile, parsePlanFile, type SavedPlan } from './plan-file.ts';

const saved: SavedPlan = {
  tool: 'tozo 0.1.0',
  createdAt: '2026-11-30T05:00:00.000Z',
  target: 'heroku',
  commit: 'a'.repeat(40),
  builder: 'auto',
  plan: planOf(),
};

/** Returns a saved plan's text after a change that keeps or corrects the digest. */
function edited(change: (file: Record<string, unknown>) => void): string {
  const file = JSON.parse(formatPlanFile(saved)) as Record<string, unknown>;
  change(file);
  return JSON.stringify(file);
}

test('what was written is read back', () => {
  expect(parsePlanFile(formatPlanFile(saved), 'plan.json')).toEqual(saved);
});

test('accepts a file that was only reformatted', () => {
  expect(
    parsePlanFile(
      edited(() => undefined),
      'plan.json',
    ),
  ).toEqual(saved);
});

test.each([
  ['the app', (file: Record<string, unknown>) => ((file['plan'] as { app: string }).app = 'other')],
  ['a removal', (file: Record<string, unknown>) => (file['plan'] as { removals: string[] }).removals.push('worker')],
  ['the target', (file: Record<string, unknown>) => (file['target'] = 'sandbox')],
  ['an added key', (file: Record<string, unknown>) => (file['extra'] = true)],
  ['the digest', (file: Record<string, unknown>) => (file['integrity'] = digestOf('other'))],
  ['a missing digest', (file: Record<string, unknown>) => delete file['integrity']],
])('refuses a file edited by hand: %s', (_what, change) => {
  expect(() => parsePlanFile(edited(change), 'plan.json')).toThrow(
    'plan.json was changed after tozo 0.1.0 wrote it. Make a new plan: tozo plan --out FILE.',
  );
});

test('refuses another version of the format, and names both', () => {
  const newer = edited((file) => {
    file['version'] = 2;
    file['tool'] = 'tozo 9.0.0';
  });
  expect(() => parsePlanFile(newer, 'plan.json')).toThrow(
    'plan.json has version 2 of the format of plans (written by tozo 9.0.0), and this tozo reads version 1',
  );
});

test.each(['', '{', 'null', '[]', '"plan"', '{"version":1}', '{"format":"tozo-plan","version":"1","tool":"x"}'])(
  'refuses %j, which is no plan',
  (text) => {
    expect(() => parsePlanFile(text, 'plan.json')).toThrow("plan.json isn't a plan that tozo wrote");
  },
);
