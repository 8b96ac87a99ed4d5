import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { refuseSkips, testResults, type VitestReport } from './test-results.ts';

function report(...statuses: string[]): VitestReport {
  const assertionResults = statuses.map((status, at) => ({ fullName: `test ${at}`, status }));
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] };
}

/** The command on a folder of these reports: what it prints, and its exit code. */
function summarize(reports: Record<string, VitestReport>): Promise<{ lines: string[]; code: unknown }> {
  const folder = mkdtempSync(join(tmpdir(), 'tozo-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(reports)) writeFileSync(join(folder, file), JSON.stringify(content));
  const command = fileURLToPath(new URL('test-summary.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import=tsx', command, folder], (error, stdout) =>
      resolve({ lines: stdout.trimEnd().split('\n'), code: error?.code ?? 0 }),
    );
  });
}

test('no test at all is a failure', async () => {
  expect(await summarize({})).toEqual({ lines: ['0 passed, 0 failed, 0 skipped'], code: 1 });
});

test('one failed test fails the whole run and is named', async () => {
  expect(await summarize({ 'test-a.json': report('passed', 'failed'), 'test-b.json': report('passed') })).toEqual({
    lines: ['FAILED   a.test.ts: test 1', '2 passed, 1 failed, 0 skipped'],
    code: 1,
  });
});

test('a skip is named, and is a failure only in the suites with real parts', async () => {
  expect(await summarize({ 'test-a.json': report('passed', 'skipped', 'todo') })).toEqual({
    lines: ['skipped  a.test.ts: test 1', 'skipped  a.test.ts: test 2', '1 passed, 0 failed, 2 skipped'],
    code: 0,
  });
  expect(await summarize({ 'real-e2e.json': report('passed', 'skipped') })).toEqual({
    lines: ['FAILED   a.test.ts: test 1: skipped, though all it needs was installed', '1 passed, 1 failed, 0 skipped'],
    code: 1,
  });
});

test('a skip that is allowed, with its reason, stays a skip', () => {
  const results = testResults([report('passed', 'skipped', 'skipped')]);
  expect(refuseSkips(results, { 'test 2': 'Debian has no package of it' })).toEqual({
    passed: 1,
    failed: ['a.test.ts: test 1: skipped, though all it needs was installed'],
    skipped: ['a.test.ts: test 2'],
  });
});

test('files are named from the workspace’s folder on', () => {
  const file = {
    name: '/work/shop/e2e/a.test.ts',
    status: 'passed',
    assertionResults: [{ fullName: 'b', status: 'skipped' }],
  };
  expect(testResults([{ testResults: [file] }], '/work/shop/').skipped).toEqual(['e2e/a.test.ts: b']);
});

test('a file that could not be loaded and one whose hook failed count as one failure each', () => {
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
