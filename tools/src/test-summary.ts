import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allowedSkips } from './allowed-skips.ts';
import { refuseSkips, summaryLine, testResults, type TestResults, type VitestReport } from './test-results.ts';
import { workspaceRoot } from './workspace.ts';

/**
 * Adds up the vitest reports (JSON) in a folder: what failed and was skipped by name, then one line with the counts.
 * In the suites with real parts, reports named `real-…`, a skip is a failure. Exit 1 when a test failed or none ran.
 */
const folder = process.argv[2];
if (folder === undefined) throw new Error('Usage: test-summary.ts FOLDER, where the reports of vitest are');

const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string): VitestReport => JSON.parse(readFileSync(join(folder, file), 'utf8')) as VitestReport;
const resultsOf = (wanted: (file: string) => boolean): TestResults =>
  testResults(files.filter(wanted).map(read), workspaceRoot);
const real = refuseSkips(
  resultsOf((file) => file.startsWith('real-')),
  allowedSkips,
);
const other = resultsOf((file) => !file.startsWith('real-'));
const all = {
  passed: other.passed + real.passed,
  failed: [...other.failed, ...real.failed],
  skipped: [...other.skipped, ...real.skipped],
};

for (const test of all.skipped) console.log(`skipped  ${test}`);
for (const test of all.failed) console.log(`FAILED   ${test}`);
console.log(summaryLine(all));
process.exitCode = all.failed.length > 0 || all.passed === 0 ? 1 : 0;
