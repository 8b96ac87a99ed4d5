/** Every test in e2e/src passes alone, picked by its exact name; `e2e-alone FILE…` for some files; about fifteen minutes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

interface ListedTest {
  /** The names of its suites and its own, separated by ` > `. */
  readonly name: string;
  readonly file: string;
}

const e2e = join(workspaceRoot, 'e2e');
const results = mkdtempSync(join(tmpdir(), 'tozo-e2e-alone-'));
try {
  process.exitCode = prove(process.argv.slice(2));
} finally {
  rmSync(results, { recursive: true });
}

function prove(files: readonly string[]): number {
  const listFile = join(results, 'list.json');
  const listing = vitest('list', `--json=${listFile}`, ...files);
  if (listing.status !== 0) {
    console.error(listing.stdout + listing.stderr);
    return 1;
  }
  const tests = readJson(listFile) as readonly ListedTest[];
  const failed = tests.filter((test) => !passesAlone(test));
  console.log(`${tests.length - failed.length} of ${tests.length} tests pass alone`);
  for (const { file, name } of failed) console.log(`  ${relative(e2e, file)}: ${name}`);
  return failed.length > 0 || tests.length === 0 ? 1 : 0;
}

function passesAlone({ file, name }: ListedTest): boolean {
  const outputFile = join(results, 'run.json');
  const pattern = `^${name.replaceAll(' > ', ' ').replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
  rmSync(outputFile, { force: true });
  const { status, stdout, stderr } = vitest(
    ...['run', file, '--testNamePattern', pattern],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`],
  );
  const passed = status === 0 && (readJson(outputFile) as { numPassedTests: number }).numPassedTests === 1;
  console.log(`${passed ? 'passed' : 'FAILED'}  ${relative(e2e, file)}: ${name}`);
  if (!passed) console.log(stdout + stderr);
  return passed;
}

function vitest(...args: string[]) {
  const { CI: _retries, TEST_REPORTS: _reports, ...env } = process.env;
  return spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, { cwd: e2e, env, encoding: 'utf8' });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
