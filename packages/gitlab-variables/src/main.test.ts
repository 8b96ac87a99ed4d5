import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fakeGitlab } from './testing/fake-gitlab.ts';
import { folderWithVariables, inJob } from './testing/job.ts';

const bin = fileURLToPath(new URL('../bin/gitlab-variables.js', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

function start(args: readonly string[], env: Record<string, string>, cwd: string) {
  return spawn(process.execPath, ['--conditions=@tozo/source', `--import=${tsx}`, bin, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
}

describe('the process of gitlab-variables', () => {
  it('ends with 3 when GitLab refuses, and says so as JSON when asked to', async () => {
    await using folder = await folderWithVariables();
    await using gitlab = await fakeGitlab();
    const child = start(['check', '--json'], { ...inJob(gitlab), GITLAB_TOKEN: 'revoked' }, folder.path);
    const stdout = text(child.stdout);
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(JSON.parse(await stdout)).toMatchObject({
      error: { code: 'UNAUTHORIZED', message: expect.stringContaining('401 Unauthorized') },
    });
  });

  it('reports what was done when it is stopped, and ends with the exit code of the signal', async () => {
    await using folder = await folderWithVariables();
    await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' });
    const child = start(['sync'], inJob(gitlab), folder.path);
    gitlab.intervene = ({ method }) => {
      if (method !== 'POST') return undefined;
      child.kill('SIGTERM');
      return 'silence';
    };
    let stdout = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(143);
    expect(stdout).toContain('NOT DONE\n0 of 2 done, 1 failed, 1 not done.');
  });

  it('does not fail because nobody reads its output (fault 95)', async () => {
    await using folder = await folderWithVariables();
    await using gitlab = await fakeGitlab();
    const child = start(['sync'], inJob(gitlab), folder.path);
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(gitlab.rows).toHaveLength(2);
  });
});
