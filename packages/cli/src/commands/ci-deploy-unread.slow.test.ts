import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
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

/** Runs the deploy job of an app that lint-test found unchanged. Its image needs the build that wasn't handed over. */
async function runJob(status: number) {
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
  const argv = ['ci', 'deploy', '--sandbox', '--changes', changes, '--report', 'report.json'];
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
