import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';
import { fakeGitlab, sentinel } from '../testing/fake-gitlab.ts';
import { directoryWithVariables, inJob, secret } from '../testing/job.ts';

/** Runs the command in this process. Returns its output and exit code. */
async function run(argv: readonly string[], env: Record<string, string> = {}, stdin = '') {
  await using directory = await directoryWithVariables({ owner: 'shop' });
  const streams = { stdin: Readable.from([stdin]), stdout: new PassThrough(), stderr: new PassThrough() };
  const { signal } = new AbortController();
  const code = await runCommand(argv, { cwd: directory.path, env, signal, ...streams });
  streams.stdout.end();
  streams.stderr.end();
  return { code, stdout: await text(streams.stdout), stderr: await text(streams.stderr) };
}

describe('gitlab-variables', () => {
  it.each([
    ['no command', [], {}, 'Missing command: use plan, sync, check or pull.'],
    ['a missing file', ['check', '--file', 'none.json'], {}, "Can't read none.json"],
    ['no project', ['check'], { GITLAB_TOKEN: sentinel }, 'Missing project: use --project or set CI_PROJECT_ID.'],
    [
      'only a job token',
      ['check', '--project', '7'],
      { CI_JOB_TOKEN: 'job' },
      "CI_JOB_TOKEN can't access CI/CD variables",
    ],
    [
      'an unset value',
      ['sync', '--project', '7'],
      { GITLAB_TOKEN: sentinel },
      'Unset or empty in the environment: KEY.',
    ],
  ])('exits with 2 for %s, before any request', async (_name, args, env, message) => {
    await using gitlab = await fakeGitlab();
    const { code, stdout, stderr } = await run(args, { ...env, CI_SERVER_URL: gitlab.url });
    expect(gitlab.seen).toEqual([]);
    expect(stderr).toContain(`gitlab-variables: `);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain(sentinel);
  });

  it('checks, syncs and checks again, without a value in any output, argument or URL (fault 90, gitlab-variables)', async () => {
    await using gitlab = await fakeGitlab(
      { key: 'HEROKU_APP', value: 'old' },
      { key: 'OTHER' },
      { key: 'OURS', description: '(managed by shop)' },
    );
    const env = inJob(gitlab);
    const check = await run(['check'], env);
    expect(check.stdout).toBe(
      "missing     HEROKU_API_KEY (production/*) isn't set. Run sync.\ndifferent   HEROKU_APP isn't as declared: value. Run sync.\n",
    );
    expect(check.code).toBe(1);

    const plan = await run(['plan'], env);
    expect(plan.stdout).toBe(
      'create      HEROKU_API_KEY (production/*)\nupdate      HEROKU_APP: value\nundeclared  OTHER, OURS (kept)\n2 planned; nothing was written.\n',
    );
    expect(plan.code).toBe(1);

    const sync = await run(['sync'], env);
    expect(sync.stdout).toBe(
      'create      HEROKU_API_KEY (production/*)\nupdate      HEROKU_APP: value\nundeclared  OTHER, OURS (kept)\n2 done.\n',
    );
    expect(sync.code).toBe(0);
    expect(gitlab.rows.map(({ key, value }) => [key, value])).toEqual([
      ['HEROKU_APP', 'shop'],
      ['OTHER', 'some value'],
      ['OURS', 'some value'],
      ['HEROKU_API_KEY', secret],
    ]);

    const again = await run(['sync', '--json'], env);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ complete: true, steps: [], undeclared: [{ key: 'OTHER' }, {}] });

    const pruned = await run(['sync', '--prune'], env);
    expect(pruned.stdout).toBe('remove      OURS\nunchanged   2\nundeclared  OTHER (kept)\n1 done.\n');

    const checked = await run(['check'], env);
    expect([checked.code, checked.stdout]).toEqual([0, 'Everything matches the declaration.\n']);
    for (const { stdout, stderr } of [check, plan, sync, again, pruned, checked]) {
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain(sentinel);
    }
    for (const { path, query } of gitlab.seen) expect(`${path}?${query}`).not.toContain(secret);
  });

  it('reports what failed and what is left after a failure (fault 87, gitlab)', async () => {
    await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' });
    gitlab.intervene = ({ method }) =>
      method === 'POST' ? { status: 403, text: '{"message":"403 Forbidden"}' } : undefined;
    const { code, stdout } = await run(['sync'], inJob(gitlab));
    expect(code).toBe(1);
    expect(stdout).toContain('create      HEROKU_API_KEY (production/*)  FAILED POST');
    expect(stdout).toContain(
      'update      HEROKU_APP: value  NOT DONE\n0 of 2 done, 1 failed, 1 not done. Run sync again for the rest.\n',
    );
  });

  it('exits with 1 and names what GitLab dropped (fault 85, gitlab-variables)', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = ({ body }) => {
      delete body['environment_scope'];
      return undefined;
    };
    const { code, stdout, stderr } = await run(['sync'], inJob(gitlab));
    expect(code).toBe(1);
    expect(stdout).toContain(
      "NOT_KEPT: GitLab didn't keep environmentScope of HEROKU_API_KEY (production/*). It may be too old for that.",
    );
    expect(stdout + stderr).not.toContain(secret);
  });

  it('reads values from a file of docker run, and from stdin', async () => {
    await using gitlab = await fakeGitlab();
    const { KEY: _, ...env } = inJob(gitlab);
    const stdin = '# for deploys\nKEY=from stdin\nKEY=from.standard.input\n';
    const { code } = await run(['sync', '--env-file', '-'], env, stdin);
    expect(code).toBe(0);
    expect(gitlab.rows[0]).toMatchObject({ value: 'from.standard.input', description: '(managed by shop)' });
    const missing = await run(['plan', '--env-file', 'none.env'], env);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining('Can\'t read none.env ("-" reads standard input): ENOENT'),
    ]);
    const twice = await run(['plan', '--env-file', '-', '--env-file', '-'], env);
    expect(twice.stderr).toContain('Standard input can be read only once');
  });

  it('pulls a declaration without values', async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: secret, protected: true }, { key: 'B', hidden: true });
    const { code, stdout } = await run(['pull'], inJob(gitlab));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      variables: [
        { key: 'A', fromEnv: 'A', protected: true },
        { key: 'B', fromEnv: 'B', hidden: true },
      ],
    });
  });

  it('names hidden values in a plan, and what would be weaker', async () => {
    await using gitlab = await fakeGitlab(
      { key: 'HEROKU_APP', value: 'shop' },
      {
        key: 'HEROKU_API_KEY',
        value: secret,
        environment_scope: 'production/*',
        masked: true,
        hidden: true,
        protected: true,
      },
    );
    const { code, stdout } = await run(['plan'], inJob(gitlab));
    expect([code, stdout]).toEqual([
      0,
      "unknown     HEROKU_API_KEY (production/*): the value is hidden and can't be compared\nunchanged   1\nEverything matches the declaration.\n",
    ]);
  });

  it('prints its help', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Exit codes: 0 everything matches');
  });
});
