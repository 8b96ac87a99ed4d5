import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkReports } from './api/reports.ts';
import { boundaries, violations } from './boundaries.ts';
import { readImports } from './imports.ts';
import { findLoosePins } from './pins.ts';
import { readProjects, workspaceRoot } from './workspace.ts';

/** `npm run check`: everything that can be checked without running the code. A failed check doesn't stop the others. */
const checks: Readonly<Record<string, () => Promise<Result>>> = {
  format: () => run('prettier', '--check', '--log-level=warn', '.'),
  lint: () => run('oxlint', '--type-aware', '.'),
  types: () => compiled,
  api: async () => ((await compiled).passed ? problems(checkReports()) : { passed: true, output: '' }),
  references: () => withHint(run('nx', 'sync:check'), 'Run npx nx sync and commit the changes.'),
  boundaries: async () => problems(violations(readImports(workspaceRoot), readProjects(workspaceRoot), boundaries)),
  pins: async () => problems(findLoosePins(readProjects(workspaceRoot))),
};

/** The check of the public API reads what this writes. */
const compiled = run('tsc', '-b');

interface Result {
  readonly passed: boolean;
  readonly output: string;
}

async function run(name: string, ...args: string[]): Promise<Result> {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { FORCE_COLOR: undefined, NO_COLOR: '1' };
  const child = spawn(join(workspaceRoot, 'node_modules/.bin', name), args, {
    cwd: workspaceRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...color },
  });
  const exited = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { passed: code === 0, output: `${stdout}${stderr}` };
}

async function withHint(result: Promise<Result>, hint: string): Promise<Result> {
  const { passed, output } = await result;
  return { passed, output: `${output.trim()}\n\n${hint}\n` };
}

function problems(found: readonly string[]): Result {
  return { passed: found.length === 0, output: found.map((line) => `${line}\n`).join('') };
}

async function runChecks(): Promise<boolean> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const start = performance.now();
      const result = await check();
      return { name, ...result, seconds: (performance.now() - start) / 1000 };
    }),
  );
  const failed = results.filter(({ passed }) => !passed);
  for (const { name, output } of failed) console.log(`${name}\n${output.trimEnd()}\n`);
  for (const { name, passed, seconds } of results)
    console.log(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(10)}  ${seconds.toFixed(1)} s`);
  return failed.length === 0;
}

process.exitCode = (await runChecks()) ? 0 : 1;
