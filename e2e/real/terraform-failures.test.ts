import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import { openSandboxProject, runTerraform } from './terraform/sandbox-project.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const lockFields = ['ID', 'Operation', 'Info', 'Who', 'Version', 'Created', 'Path'];

const unprotected = { protectFromDestroy: false };

describe.skipIf(blocker !== undefined)('tozo infrastructure with the real terraform, when something fails', () => {
  it('an app whose creation fails half-way is kept by untaint, which the message says (fault 188, infrastructure)', async () => {
    await using project = await openSandboxProject();
    await project.declare({});
    let failures = 1;
    project.beforeRequest = (method, path) => {
      if (method === 'GET' && path.startsWith('/apps/') && failures-- > 0) throw new Error('GET /apps: 503');
    };
    const failed = await project.run('apply', ['--yes']);
    expect(failed.code).toBe(1);
    const remedy = 'terraform -chdir=out/infrastructure untaint heroku_app.shop';
    expect(failed.stdout).toContain(`heroku_app.shop (shop-live) was created, but an error followed`);
    expect(failed.stdout).toContain(remedy);
    expect((await project.run('apply', ['--yes'])).stdout).toContain(remedy);
    expect(await runTerraform(project, 'untaint', 'heroku_app.shop')).toMatchObject({ code: 0 });
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect(await project.run('drift')).toMatchObject({ code: 0 });
    expect(project.heroku.done.filter((operation) => operation === 'create heroku_app')).toHaveLength(1);
  });

  it('of two applies at once one is refused, with the ID of the lock that the other holds, and changes nothing (fault 190, infrastructure)', async () => {
    await using project = await openSandboxProject();
    await project.declare(unprotected);
    let enter: () => void = () => undefined;
    let leave: () => void = () => undefined;
    const entered = new Promise<void>((resolve) => (enter = resolve));
    const left = new Promise<void>((resolve) => (leave = resolve));
    project.beforeRequest = async (method) => {
      if (method !== 'POST') return;
      enter();
      await left;
    };
    const first = project.run('apply', ['--yes']);
    await entered;
    const second = await project.run('apply', ['--yes']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('The state is locked by another run. Wait until that is finished.');
    const [, held] = /force-unlock (\S+)/.exec(second.stderr) ?? [];
    const lock = await fetch(project.env['TF_HTTP_LOCK_ADDRESS']!, {
      method: 'POST',
      headers: { 'private-token': project.sandbox.gitlabToken, 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(lockFields.map((field) => [field, 'mine']))),
    });
    expect(await lock.json()).toMatchObject({ ID: held });
    leave();
    expect(await first).toMatchObject({ code: 0 });
    expect(await project.run('drift')).toMatchObject({ code: 0 });
  });

  it("what can't be written to the state is kept, and nothing else is done before it's written (fault 190, infrastructure)", async () => {
    await using project = await openSandboxProject();
    await project.declare(unprotected);
    const cutWrites = (): unknown =>
      project.sandbox.faults.add({
        on: { service: 'gitlab', method: 'POST', path: '/terraform/state/default$', times: 'every' },
        effect: { kind: 'reset-request', afterBytes: 100 },
      });
    project.beforeRequest = (method, path) => {
      if (method === 'POST' && path === '/apps') cutWrites();
    };
    const failed = await project.run('apply', ['--yes']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('terraform -chdir=out/infrastructure state push errored.tfstate');
    project.sandbox.faults.clear();
    const refused = await project.run('apply', ['--yes']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('errored.tfstate has changes that') });
    expect(await runTerraform(project, 'state', 'push', 'errored.tfstate')).toMatchObject({ code: 0 });
    await rm(join(project.directory, 'out/infrastructure/errored.tfstate'));
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect(project.heroku.done.filter((operation) => operation === 'create heroku_app')).toHaveLength(1);
  });

  it('rejects the state of another project before anything is changed, and renames its own once that is confirmed (fault 190, infrastructure)', async () => {
    await using project = await openSandboxProject();
    await project.declare({});
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    const done = (): string[] => [...project.heroku.done, ...project.gitlab.done];
    const created = done();
    await project.declare({ appName: 'blog-live', gitlab: { name: 'blog' } });
    for (const command of ['plan', 'drift', 'apply'])
      expect(await project.run(command, command === 'apply' ? ['--yes'] : [])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          'The state at TF_HTTP_ADDRESS belongs to another project: it has heroku_app.shop (shop-live) and gitlab_project.shop (',
        ),
      });
    expect(done()).toEqual(created);
    const renames = ['--rename', 'heroku_app.shop', '--rename', 'gitlab_project.shop'];
    expect(await project.run('apply', ['--yes', ...renames])).toMatchObject({ code: 0 });
    expect(await project.asHeroku('GET', '/apps/blog-live')).toMatchObject({ name: 'blog-live' });
    expect(await project.run('drift')).toMatchObject({ code: 0 });
  });

  it('a token that may only read is named before anything is changed (fault 193, infrastructure)', async () => {
    await using project = await openSandboxProject();
    await project.declare({});
    const refused = await project.run('apply', ['--yes'], { GITLAB_TOKEN: 'glpat-revoked' });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('GITLAB_TOKEN is rejected by GitLab') });
    expect([...project.heroku.done, ...project.gitlab.done]).toEqual([]);
  });
});
