import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { refuseSkips, testResults, type RetryReport, type VitestReport } from './test-results.ts';

function report(...statuses: string[]): VitestReport {
  const assertionResults = statuses.map((status, at) => ({ fullName: `test ${at}`, status }));
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] };
}

/** Runs the command on a directory of these reports. */
function summarize(reports: Record<string, VitestReport | RetryReport>): Promise<{ lines: string[]; code: unknown }> {
  const directory = mkdtempSync(join(tmpdir(), 'tozo-tools-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(reports)) writeFileSync(join(directory, file), JSON.stringify(content));
  const command = fileURLToPath(new URL('test-summary.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import=tsx', command, directory], (error, stdout) =>
      resolve({ lines: stdout.trimEnd().split('\n'), code: error?.code ?? 0 }),
    );
  });
}

test('fails a run without tests', async () => {
  expect(await summarize({})).toEqual({ lines: ['0 retried', '0 passed, 0 failed, 0 skipped'], code: 1 });
});

test('fails a run with one failed test and names it', async () => {
  expect(await summarize({ 'test-a.json': report('passed', 'failed'), 'test-b.json': report('passed') })).toEqual({
    lines: ['FAILED   a.test.ts: test 1', '0 retried', '2 passed, 1 failed, 0 skipped'],
    code: 1,
  });
});

test('fails a run with a retried test and names it', async () => {
  const retried = [{ file: 'b.test.ts', test: 'suite test 1' }];
  const reports = { 'test-b.json': report('passed', 'passed'), 'test-b.retries.json': { retried } };
  expect(await summarize({ ...reports, 'real-e2e.retries.json': { retried: [] } })).toEqual({
    lines: ['retried  b.test.ts: suite test 1', '1 retried', '2 passed, 0 failed, 0 skipped'],
    code: 1,
  });
});

test('names a skipped test, which fails only the real suites', async () => {
  expect(await summarize({ 'test-a.json': report('passed', 'skipped', 'todo') })).toEqual({
    lines: ['skipped  a.test.ts: test 1', 'skipped  a.test.ts: test 2', '0 retried', '1 passed, 0 failed, 2 skipped'],
    code: 0,
  });
  expect(await summarize({ 'real-e2e.json': report('passed', 'skipped') })).toEqual({
    lines: [
      'FAILED   a.test.ts: test 1: skipped, although everything it needs is installed',
      '0 retried',
      '1 passed, 1 failed, 0 skipped',
    ],
    code: 1,
  });
});

test('accepts an allowed skip', () => {
  const results = testResults([report('passed', 'skipped', 'skipped')]);
  expect(refuseSkips(results, { 'test 2': 'Debian has no package of it' })).toEqual({
    passed: 1,
    failed: ['a.test.ts: test 1: skipped, although everything it needs is installed'],
    skipped: ['a.test.ts: test 2'],
  });
});

test('names files relative to the workspace', () => {
  const file = {
    name: '/work/shop/e2e/a.test.ts',
    status: 'passed',
    assertionResults: [{ fullName: 'b', status: 'skipped' }],
  };
  expect(testResults([{ testResults: [file] }], '/work/shop/').skipped).toEqual(['e2e/a.test.ts: b']);
});

test('counts one failure for a file that fails to load and one for a failed hook', () => {
  const broken = { name: 'b.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] };
  const hook = {
    name: 'c.test.ts',
    status: 'failed',
    message: '',
    assertionResults: report('skipped').testResults[0]!.assertionResults,
  };
  expect(testResults([{ testResults: [broken, hook] }])).toEqual({
    passed: 0,
    failed: ['b.test.ts: Cannot find module', 'c.test.ts: a hook failed'],
    skipped: ['c.test.ts: test 0'],
  });
});
