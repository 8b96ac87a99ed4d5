import type { AppStatus, HistoryEntry } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { renderRollbackPlan } from './rollback-plan.ts';
import { statusLines } from './status.ts';

const entry: HistoryEntry = {
  version: 43,
  status: 'succeeded',
  current: true,
  createdAt: '2026-11-30T05:12:44Z',
  user: 'ana@example.com',
  description: 'Rollback to v41',
  kind: 'rollback',
  what: 'rollback to v41',
  images: ['142013fe2b5c'],
  recorded: true,
  canGoBack: false,
};

const status: AppStatus = {
  app: 'shop',
  target: 'heroku',
  environment: 'production',
  state: 'healthy',
  exitCode: 0,
  text: 'PRODUCTION RUNS v43: healthy  https://shop.example/',
  release: entry,
  failed: [],
  deploy: { commit: 'c'.repeat(40), who: 'ana', at: '2026-11-30T05:12:50Z', result: 'verified' },
  health: { by: 'record', observation: '1 of 1 dynos up', versionProven: true },
  processes: [{ type: 'web', expected: 1, up: 1, image: '142013fe2b5c' }],
  drift: ["cron isn't in deploy.json"],
  unknowns: [],
};

const text = (value: AppStatus, behind = 2) =>
  statusLines(value, [{ ref: 'HEAD', behind, behindHere: 1, ahead: 0 }]).map((line) => line.text);

test('shows what runs, and the whole result in the last line', () => {
  expect(text(status)).toEqual([
    '  release  v43  2026-11-30 05:12  ana@example.com  rollback to v41',
    '  commit   cccccccccccc, 2 behind HEAD (1 in this directory)',
    '  deployed 2026-11-30 05:12  by ana',
    '  dynos    web 1/1  image 142013fe2b5c',
    '  health   1 of 1 dynos up, version proven (by the health check of its own deploy)',
    "  drift    cron isn't in deploy.json",
    'PRODUCTION RUNS v43: healthy  https://shop.example/',
  ]);
  expect(text(status, 0)[1]).toBe('  commit   cccccccccccc, the same as HEAD');
});

test.each([
  ['healthy', 'green'],
  ['starting', 'yellow'],
  ['unhealthy', 'red'],
] as const)('the last line of a %s app is %s', (state, style) => {
  expect(statusLines({ ...status, state }, []).at(-1)).toMatchObject({ style });
});

test('marks the release that runs and those that can be gone back to', () => {
  const older = { ...entry, version: 9, current: false, canGoBack: true, what: 'Deployed web (142013fe2b5c)' };
  const failed = { ...entry, version: 10, current: false, status: 'failed', what: 'Deployed web (999999999999)' };
  expect(text({ ...status, history: [entry, failed, older] }).slice(-4, -1)).toEqual([
    '  v43  runs  2026-11-30 05:12  ana@example.com  rollback to v41',
    '  v10        2026-11-30 05:12  ana@example.com  Deployed web (999999999999), failed',
    '  v9   back  2026-11-30 05:12  ana@example.com  Deployed web (142013fe2b5c)',
  ]);
});

test("what others wrote into a release can't control the terminal (fault 116, deploy)", () => {
  const hostile = { ...entry, what: '\u001b[2Jgone\r\nLIVE v99', user: '\u202eevil' };
  const lines = text({ ...status, release: hostile, pending: hostile, history: [hostile], text: 'x\u0007' });
  expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  expect(lines.join('')).toContain('\\u001b[2Jgone\\r\\nLIVE v99');
});

test('a rollback asks with what runs, what will run, and how that is verified', () => {
  const version = (number: number) => ({
    version: number,
    description: '',
    imageIds: ['142013fe2b5c'],
    createdAt: '2026-11-30T05:12:44Z',
    user: null,
  });
  const plan = renderRollbackPlan({
    app: 'shop',
    from: version(43),
    target: { ...version(41), id: 'id-41' },
    way: 'rollback',
    images: {},
    config: { changes: [], isComplete: true },
    dynos: {},
    removedTypes: [],
    preboot: false,
    warnings: [],
  });
  expect(plan).toContain('now      v43  image 142013fe2b5c');
  expect(plan).toContain('then     v41  image 142013fe2b5c');
  expect(plan).toContain('any response below 500');
});
