import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { formatAge, parseAge } from './age.ts';
import { chooseRun, type ReuseRules } from './choose-run.ts';
import type { KnownRun } from './known-runs.ts';

const now = 2_000_000_000;
const day = 24 * 60 * 60;
const rules: ReuseRules = { now, maxAge: 14 * day };
const key = digestOf('key');
const otherKey = digestOf('key of another executor');
const parts = { 'the base node:20': 'aaaa', 'package.json': 'bbbb', 'package-lock.json': 'cccc' };

function known(change: Partial<KnownRun> & { readonly at?: number } = {}): KnownRun {
  const { at = now - 3 * day, ...rest } = change;
  const run = { at, executor: 'chroot', parts };
  const facts = { paths: {}, owners: {} };
  const record = { sourceDigest: rest.key ?? key, facts, files: 1, size: 1, run };
  return { key, text: 'RUN npm ci', source: 'the last image', record, ...rest };
}

const wanted = { text: 'RUN npm ci', keys: [key], parts };

test('reuses a result with the same key, and says how old it is', () => {
  const run = known();
  expect(chooseRun(wanted, [known({ key: otherKey }), run], rules)).toEqual({ reuse: run, age: 3 * day });
});

test('prefers the result of what would execute it here', () => {
  const [here, elsewhere] = [known(), known({ key: otherKey })];
  expect(chooseRun({ ...wanted, keys: [key, otherKey] }, [elsewhere, here], rules).reuse).toBe(here);
  expect(chooseRun({ ...wanted, keys: [key, otherKey] }, [elsewhere], rules).reuse).toBe(elsewhere);
});

test('takes a younger result of the same key where one is too old', () => {
  const young = known({ source: 'the cache', at: now - day });
  expect(chooseRun(wanted, [known({ at: now - 20 * day }), young], rules)).toEqual({ reuse: young, age: day });
});

test.each<[why: string, known: KnownRun[], rules?: Partial<ReuseRules>, wanted?: Partial<typeof wanted>]>([
  ['no earlier result was found', []],
  ['--no-cache', [known()], { disabled: '--no-cache' }],
  ['it ran 14 days ago, more than 14 days (--run-max-age)', [known({ at: now - 14 * day - 1 })]],
  ['it ran 3 days ago, more than 0 min (--run-max-age)', [known()], { maxAge: 0 }],
  ['it ran at a time in the future', [known({ at: now + 2 * 60 * 60 })]],
  ['the instruction is new', [known({ key: otherKey, text: 'RUN npm install' })]],
  ['package-lock.json changed', [known({ key: otherKey })], {}, { parts: { ...parts, 'package-lock.json': 'dddd' } }],
  ['its inputs changed', [known({ key: otherKey })]],
])('runs again, because %s', (why, results, change = {}, request = {}) => {
  expect(chooseRun({ ...wanted, ...request }, results, { ...rules, ...change })).toEqual({ why });
});

test('compares with the newest result of the same line', () => {
  const older = known({ key: otherKey, at: now - 9 * day });
  const newer = known({ key: otherKey });
  const renamed = { ...older, record: { ...older.record, run: { ...older.record.run, parts: {} } } };
  const { why } = chooseRun({ ...wanted, parts: { ...parts, USER: 'x' } }, [renamed, newer], rules) as { why: string };
  expect(why).toBe('USER is new');
});

test.each([
  ['14d', 14 * day, '14 days'],
  ['36h', 36 * 60 * 60, '36 h'],
  ['90m', 90 * 60, '1 h'],
  ['90s', 90, '1 min'],
  ['0', 0, '0 min'],
])('%s is %d seconds, shown as %s', (text, seconds, shown) => {
  expect(parseAge(text)).toBe(seconds);
  expect(formatAge(seconds)).toBe(shown);
});

test.each(['', '14', 'd', '-1d', '1.5d', '1w', '99999999d'])('"%s" is no age', (text) => {
  expect(parseAge(text)).toBeUndefined();
});
