import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allowedSkips } from './allowed-skips.ts';
import {
  refuseSkips,
  retriedTests,
  summaryLine,
  testResults,
  type RetryReport,
  type TestResults,
  type VitestReport,
} from './test-results.ts';
import { workspaceRoot } from './workspace.ts';

/**
 * `test-summary.ts DIRECTORY` adds up the reports that vitest left there: prints every skipped, retried and failed test, the
 * number of retries and the summary line. In the real suites, whose reports are named `real-…`, a skip counts as a failure.
 * Exits with 1 if a test failed or was retried, or if none passed.
 */
const directory = process.argv[2];
if (directory === undefined) throw new Error('Usage: test-summary.ts DIRECTORY, which contains the reports of vitest');

const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
const isRetryReport = (file: string): boolean => file.endsWith('.retries.json');
const isReal = (file: string): boolean => file.startsWith('real-');

const real = refuseSkips(
  results((file) => isReal(file)),
  allowedSkips,
);
const other = results((file) => !isReal(file));
const all = {
  passed: other.passed + real.passed,
  failed: [...other.failed, ...real.failed],
  skipped: [...other.skipped, ...real.skipped],
};
const retried = retriedTests(files.filter(isRetryReport).map(read) as RetryReport[], workspaceRoot);

for (const test of all.skipped) console.log(`skipped  ${test}`);
for (const test of retried) console.log(`retried  ${test}`);
for (const test of all.failed) console.log(`FAILED   ${test}`);
console.log(`${retried.length} retried`);
console.log(summaryLine(all));
process.exitCode = all.failed.length > 0 || retried.length > 0 || all.passed === 0 ? 1 : 0;

function results(isWanted: (file: string) => boolean): TestResults {
  const reports = files.filter((file) => !isRetryReport(file) && isWanted(file)).map(read);
  return testResults(reports as VitestReport[], workspaceRoot);
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(directory!, file), 'utf8'));
}
