/** Every test in e2e/src and e2e/deploys passes alone, picked by its exact name; `e2e-alone FILE…` for some files; an hour. */
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

const configs = { src: 'vitest.config.ts', deploys: 'vitest.deploys.config.ts' } as const;
type Suite = keyof typeof configs;

const e2e = join(workspaceRoot, 'e2e');
const results = mkdtempSync(join(tmpdir(), 'tozo-e2e-alone-'));
try {
  process.exitCode = prove(process.argv.slice(2));
} finally {
  rmSync(results, { recursive: true });
}

function prove(files: readonly string[]): number {
  const suites = Object.keys(configs) as Suite[];
  const tests = suites.flatMap((suite) => {
    const chosen = files.filter((file) => file.startsWith(`${suite}/`));
    return files.length === 0 || chosen.length > 0 ? listTests(suite, chosen) : [];
  });
  const failed = tests.filter((test) => !passesAlone(test));
  console.log(`${tests.length - failed.length} of ${tests.length} tests pass alone`);
  for (const { file, name } of failed) console.log(`  ${relative(e2e, file)}: ${name}`);
  return failed.length > 0 || tests.length === 0 ? 1 : 0;
}

function listTests(suite: Suite, files: readonly string[]): readonly ListedTest[] {
  const listFile = join(results, 'list.json');
  const listing = vitest('list', '--config', configs[suite], `--json=${listFile}`, ...files);
  if (listing.status !== 0) throw new Error(listing.stdout + listing.stderr);
  return readJson(listFile) as readonly ListedTest[];
}

function passesAlone({ file, name }: ListedTest): boolean {
  const outputFile = join(results, 'run.json');
  const pattern = `^${name.replaceAll(' > ', ' ').replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
  rmSync(outputFile, { force: true });
  const { status, stdout, stderr } = vitest(
    ...['run', file, '--config', configs[suiteOf(file)], '--testNamePattern', pattern],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${outputFile}`],
  );
  const passed = status === 0 && (readJson(outputFile) as { numPassedTests: number }).numPassedTests === 1;
  console.log(`${passed ? 'passed' : 'FAILED'}  ${relative(e2e, file)}: ${name}`);
  if (!passed) console.log(stdout + stderr);
  return passed;
}

function suiteOf(file: string): Suite {
  return relative(e2e, file).startsWith('deploys') ? 'deploys' : 'src';
}

function vitest(...args: string[]) {
  const { CI: _retries, TEST_REPORTS: _reports, ...env } = process.env;
  return spawnSync(join(workspaceRoot, 'node_modules/.bin/vitest'), args, { cwd: e2e, env, encoding: 'utf8' });
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
