import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeGitlab } from './testing/fake-gitlab.ts';
import { directoryWithVariables, inJob } from './testing/job.ts';

const bin = fileURLToPath(new URL('../bin/gitlab-variables.js', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

function start(args: readonly string[], env: Record<string, string>, cwd: string) {
  return spawn(process.execPath, ['--conditions=@tozo/source', `--import=${tsx}`, bin, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
}

describe('the gitlab-variables process', () => {
  it('exits with 3 when GitLab refuses, with JSON on --json', async () => {
    await using directory = await directoryWithVariables();
    await using gitlab = await fakeGitlab();
    const child = start(['check', '--json'], { ...inJob(gitlab), GITLAB_TOKEN: 'revoked' }, directory.path);
    const stdout = text(child.stdout);
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(JSON.parse(await stdout)).toMatchObject({
      error: { code: 'UNAUTHORIZED', message: expect.stringContaining('401 Unauthorized') },
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'reports what it did when %s stops it, sent more than once, and exits with %i',
    async (signal, exitCode) => {
      await using directory = await directoryWithVariables();
      await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' });
      const child = start(['sync'], inJob(gitlab), directory.path);
      gitlab.intervene = ({ method }) => {
        if (method !== 'POST') return undefined;
        child.kill(signal);
        // As npx does, next to the terminal.
        for (const ms of [5, 10, 15]) setTimeout(() => child.kill(signal), ms);
        return 'silence';
      };
      let stdout = '';
      child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
      const [code] = (await once(child, 'close')) as [number];
      expect(code).toBe(exitCode);
      expect(stdout).toContain('NOT DONE\n0 of 2 done, 1 failed, 1 not done.');
    },
  );

  it('exits with 0 when the reader closes the pipe (fault 95, gitlab-variables)', async () => {
    await using directory = await directoryWithVariables();
    await using gitlab = await fakeGitlab();
    const child = start(['sync'], inJob(gitlab), directory.path);
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(gitlab.rows).toHaveLength(2);
  });
});
