import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';
import { cloneRepository, type RepositoryClone } from './pipeline/repository.ts';
import { type Pipeline, runnerBlocker, type RunOptions } from './pipeline/runner.ts';

const blocker = runnerBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

/** Replaces the e2e tests, which take minutes and show nothing about the pipeline, with a small test. */
function prepare(clone: RepositoryClone): string {
  const suites = clone.git('ls-files', 'e2e/src/*.test.ts').split('\n').filter(Boolean);
  const small = `import { expect, test } from 'vitest';\n\ntest('one', () => {\n  expect(1).toBe(1);\n});\n`;
  return clone.commit({
    ...Object.fromEntries(suites.map((file) => [file, () => undefined])),
    'e2e/src/small.test.ts': () => small,
  });
}

/** A deployment as GitLab reports one that succeeded. */
const deploymentOf = (sha: string): object => ({
  id: 7,
  sha,
  status: 'success',
  finished_at: '2026-11-30T09:00:00Z',
  deployable: { id: 70, started_at: '2026-11-30T08:59:00Z', pipeline: { id: 7, source: 'push' } },
});

const style = 'apps/tozo/src/public/style.css';

/** Each job installs the packages, as on a runner. */
const timeout = 600_000;

describe.skipIf(blocker !== undefined)('.gitlab-ci.yml', { timeout }, () => {
  let clone: RepositoryClone;
  let gitlab: Server;
  /** The commit that the fake GitLab reports as deployed last. */
  let start: string;

  beforeAll(async () => {
    clone = cloneRepository();
    start = prepare(clone);
    gitlab = createServer((request, response) => {
      const isJob = request.headers['job-token'] === 'token-of-the-job';
      response.writeHead(isJob ? 200 : 401).end(JSON.stringify(isJob ? [deploymentOf(start)] : {}));
    }).listen(0, '127.0.0.1');
    await once(gitlab, 'listening');
  });
  afterAll(() => {
    gitlab.close();
    clone[Symbol.dispose]();
  });

  /** Runs a pipeline whose deploys go to a new sandbox in this directory. */
  async function run(sandbox: string, options: RunOptions, more: Record<string, string> = {}): Promise<Pipeline> {
    const { port } = gitlab.address() as AddressInfo;
    const variables = {
      CI_API_V4_URL: `http://127.0.0.1:${port}/api/v4`,
      CI_PROJECT_ID: '42',
      CI_JOB_TOKEN: 'token-of-the-job',
      TOZO_SANDBOX: '1',
      TOZO_SANDBOX_DIR: sandbox,
      ...more,
    };
    return clone.run(variables, options);
  }

  async function stopSandbox(directory: string): Promise<void> {
    const env = cleanEnvironment({ TOZO_SANDBOX_DIR: directory });
    expect(await runTozo(['sandbox', 'stop'], { cwd: clone.outside, env })).toMatchObject({ code: 0 });
  }

  const sandboxDirectory = (name: string): string => join(clone.outside, name);

  it('stops at a failing test and deploys nothing', async ({ signal }) => {
    clone.branch('main', start);
    clone.commit({
      'apps/tozo/src/broken.test.ts': () =>
        `import { expect, test } from 'vitest';\n\ntest('a broken test', () => {\n  expect(1).toBe(2);\n});\n`,
    });
    const { passed, jobs, log } = await run(sandboxDirectory('broken'), { signal });
    expect(log).toContain('a broken test');
    expect(jobs, log).toEqual(['FAIL lint-test', 'PASS tool']);
    expect(passed).toBe(false);
    expect(existsSync(sandboxDirectory('broken'))).toBe(false);
  });

  it('deploys nothing for a commit that touches only docs', async ({ signal }) => {
    clone.branch('main', start);
    clone.commit({ 'docs/glossary.md': (before) => `${before}\nOne more word.\n` });
    const { jobs, log } = await run(sandboxDirectory('docs'), { signal });
    expect(log).toContain(`affected base ${start}: `);
    expect(jobs, log).toEqual(['PASS deploy tozo', 'PASS lint-test', 'PASS tool']);
    expect(log).toContain('NOTHING TO DO tozo');
    expect(existsSync(sandboxDirectory('docs'))).toBe(false);
  });

  it('deploys what lint-test built on main, and the new version responds', async ({ signal }) => {
    clone.branch('main', start);
    clone.commit({ [style]: (before) => `${before}\n/* Deployed by a pipeline. */\n` });
    const { jobs, log } = await run(sandboxDirectory('main'), { signal });
    expect(jobs, log).toEqual(['PASS deploy tozo', 'PASS lint-test', 'PASS tool']);
    const url = /LIVE \S+ +(http:\S+)/.exec(log)?.[1] ?? '';
    onTestFinished(() => stopSandbox(sandboxDirectory('main')));
    expect(await (await fetch(new URL('/style.css', url))).text()).toContain('Deployed by a pipeline.');
    expect(log).toMatch(/^lint-test .*nx run tozo:build/m);
    expect(log).not.toMatch(/^deploy tozo .*nx run/m);
  });

  it('never deploys in a merge request', async ({ signal }) => {
    clone.branch('feature', start);
    clone.commit({ [style]: (before) => `${before}\n/* Proposed. */\n` });
    const { jobs, log } = await run(
      sandboxDirectory('merge-request'),
      { signal, mergeRequest: true },
      { CI_MERGE_REQUEST_IID: '1', CI_MERGE_REQUEST_DIFF_BASE_SHA: start },
    );
    expect(log).toContain(`affected base ${start}: `);
    expect(jobs, log).toEqual(['PASS lint-test']);
    expect(existsSync(sandboxDirectory('merge-request'))).toBe(false);
  });
});
