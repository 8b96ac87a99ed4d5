import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { runCommand } from '../run-command.ts';

const commit = 'c'.repeat(40);

/** Returns a GitLab that refuses to list deployments. */
async function startGitLab(status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end('{"message":"no"}'));
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4`;
}

/** Writes an Nx whose target ends as a refused deploy does: with its report, and the exit code 1 of Nx. */
function writeNx(root: string): void {
  execFileSync('git', ['init', '-q', root]);
  const directory = join(root, 'node_modules/nx');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(root, 'nx.json'), '{}');
  writeFileSync(join(directory, 'package.json'), '{"bin": "nx.cjs"}');
  writeFileSync(
    join(directory, 'nx.cjs'),
    `const report = process.argv.find((flag) => flag.startsWith('--report=')).slice('--report='.length);
require('node:fs').writeFileSync(report, '{"error": {"code": "COPY_SOURCE_MISSING"}}');
process.exit(1);`,
  );
}

/** Runs the deploy job of an app that lint-test found unchanged. Its image needs the build that wasn't handed over. */
async function runJob(status: number, ...flags: string[]) {
  const root = mkdtempSync(join(tmpdir(), 'tozo-ci-deploy-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const cwd = join(root, 'apps/shop');
  mkdirSync(cwd, { recursive: true });
  writeFileSync(join(cwd, 'deploy.json'), '{"app": "shop", "processes": {"web": {}}}');
  writeFileSync(join(cwd, 'package.json'), '{"name": "shop"}');
  writeFileSync(join(cwd, 'Dockerfile'), 'FROM node:20\nCOPY dist dist\nCMD ["node", "dist/main.js"]\n');
  const changes = join(root, 'changes.json');
  const apps = { 'apps/shop': { project: 'shop', changedAt: commit } };
  writeFileSync(changes, JSON.stringify({ version: 1, commit, apps }));
  if (flags.length > 0) writeNx(root);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const env = {
    PATH: process.env['PATH'],
    XDG_STATE_HOME: join(root, 'state'),
    CI: 'true',
    CI_API_V4_URL: await startGitLab(status),
    CI_PROJECT_ID: '42',
    CI_JOB_TOKEN: 'glcbt-of-the-tests',
    CI_COMMIT_SHA: commit,
    CI_PROJECT_DIR: root,
  };
  const argv = ['ci', 'deploy', '--sandbox', '--changes', changes, '--report', 'report.json', ...flags];
  const exitCode = await runCommand(argv, { cwd, env, stdin: Readable.from([]), stdout, stderr });
  stderr.end();
  const lines = (await text(stderr)).trim().split('\n');
  return { exitCode, lines, report: JSON.parse(readFileSync(join(cwd, 'report.json'), 'utf8')) as object };
}

test.for([403, 503])(
  'an unchanged app whose deployments GitLab refuses to list with %i asks for a retry of the job',
  async (status) => {
    const { exitCode, lines, report } = await runJob(status);
    expect(lines.at(-2)).toMatch(/COPY source "dist" isn't in the build context/);
    expect(lines.at(-1)).toMatch(
      new RegExp(
        `^lint-test handed over no build of this app, .* GitLab couldn't be read .*: retry this job. .*: ${status}`,
      ),
    );
    expect(exitCode).toBe(1);
    expect(report).toEqual({ outcome: 'failed', exitCode: 1, text: lines.at(-1), commit });
  },
);

test('asks for a retry of the job, also if Nx runs the deploy', async () => {
  const { exitCode, lines, report } = await runJob(403, '--with', 'nx');
  expect(lines.at(-1)).toMatch(/GitLab couldn't be read .*: retry this job\. .*: 403/);
  expect(exitCode).toBe(1);
  expect(report).toMatchObject({ outcome: 'failed', exitCode: 1 });
});
