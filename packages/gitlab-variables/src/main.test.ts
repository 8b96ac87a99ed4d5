import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeGitlab, fakeGitlab, sentinel } from './testing/fake-gitlab.ts';

const bin = fileURLToPath(new URL('../bin/gitlab-variables.js', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const secret = 'correct.horse.battery';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gitlab-variables-'));
  await writeFile(
    join(folder, 'variables.json'),
    JSON.stringify({
      variables: [
        { key: 'HEROKU_API_KEY', fromEnv: 'KEY', masked: true, protected: true, environmentScope: 'production' },
        { key: 'HEROKU_APP', value: 'shop' },
      ],
    }),
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], env: Record<string, string>) {
  return spawn(process.execPath, ['--conditions=@tozo/source', `--import=${tsx}`, bin, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
  });
}

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = start(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const inJob = (gitlab: FakeGitlab): Record<string, string> => ({
  GITLAB_TOKEN: sentinel,
  CI_PROJECT_ID: '7',
  CI_SERVER_URL: gitlab.url,
  KEY: secret,
});

describe('gitlab-variables', () => {
  it.each([
    ['no command', [], {}, 'Say check or sync.'],
    ['a file that is not there', ['check', '--file', 'none.json'], {}, 'none.json: it cannot be read'],
    ['no project', ['check'], { GITLAB_TOKEN: sentinel }, 'Give --project or set CI_PROJECT_ID'],
    [
      'only a job token',
      ['check', '--project', '7'],
      { CI_JOB_TOKEN: 'job' },
      'CI_JOB_TOKEN cannot read or change CI/CD variables.',
    ],
    [
      'a value that is not set',
      ['sync', '--project', '7'],
      { GITLAB_TOKEN: sentinel },
      'Not set in the environment, or empty: KEY.',
    ],
  ])('ends with 2 for %s, before any network call', async (_name, args, env, said) => {
    const { code, stdout, stderr } = await run(args, { ...env, HTTPS_PROXY: 'http://127.0.0.1:1' });
    expect(stderr).toContain(`gitlab-variables: `);
    expect(stderr).toContain(said);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain(sentinel);
  });

  it('ends with 3 when GitLab refuses, and says so as JSON when asked to', async () => {
    await using gitlab = await fakeGitlab();
    const { code, stdout } = await run(['check', '--json'], { ...inJob(gitlab), GITLAB_TOKEN: 'revoked' });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'UNAUTHORIZED', message: expect.stringContaining('401 Unauthorized') },
    });
  });

  it('checks, syncs, and checks again, and no output, argument or request line holds a value (fault 90)', async () => {
    await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' }, { key: 'OTHER' });
    const env = inJob(gitlab);
    const check = await run(['check'], env);
    expect(check.stdout).toBe(
      'missing     HEROKU_API_KEY (production) is not set. Add it in Settings → CI/CD → Variables.\n',
    );
    expect(check.code).toBe(1);

    const plan = await run(['sync', '--dry-run'], env);
    expect(plan.stdout).toBe(
      'create     HEROKU_API_KEY (production)\nupdate     HEROKU_APP: value\nundeclared OTHER (left alone)\n2 to do; nothing was written.\n',
    );
    expect(plan.code).toBe(1);

    const sync = await run(['sync'], env);
    expect(sync.stdout).toBe(
      'create     HEROKU_API_KEY (production)\nupdate     HEROKU_APP: value\nundeclared OTHER (left alone)\n2 done.\n',
    );
    expect(sync.code).toBe(0);
    expect(gitlab.rows.map(({ key, value }) => [key, value])).toEqual([
      ['HEROKU_APP', 'shop'],
      ['OTHER', 'some value'],
      ['HEROKU_API_KEY', secret],
    ]);

    const again = await run(['sync', '--json'], env);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ complete: true, steps: [], undeclared: [{ key: 'OTHER' }] });

    const pruned = await run(['sync', '--prune'], env);
    expect(pruned.stdout).toBe('remove     OTHER\nunchanged  2\n1 done.\n');

    const checked = await run(['check'], env);
    expect([checked.code, checked.stdout]).toEqual([0, 'Everything is as declared.\n']);
    for (const { stdout, stderr } of [check, plan, sync, again, pruned, checked]) {
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain(sentinel);
    }
    for (const { path, query } of gitlab.seen) expect(`${path}?${query}`).not.toContain(secret);
  });

  it('tells what failed and what was left when it is half done (fault 87)', async () => {
    await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' });
    gitlab.intervene = ({ method }) =>
      method === 'POST' ? { status: 403, text: '{"message":"403 Forbidden"}' } : undefined;
    const { code, stdout } = await run(['sync'], inJob(gitlab));
    expect(code).toBe(1);
    expect(stdout).toContain('create     HEROKU_API_KEY (production)  FAILED POST');
    expect(stdout).toContain(
      'update     HEROKU_APP: value  NOT DONE\n0 of 2 done, 1 failed, 1 not done. Run this again for the rest.\n',
    );
  });

  it('reports what was done when it is stopped, and ends with the exit code of the signal', async () => {
    await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' });
    const child = start(['sync'], inJob(gitlab));
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
    await using gitlab = await fakeGitlab();
    const child = start(['sync'], inJob(gitlab));
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(gitlab.rows).toHaveLength(2);
  });

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes: 0 all is as declared');
  });
});
