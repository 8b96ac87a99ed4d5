import { describe, expect, it } from 'vitest';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import { openSandboxProject, projectIdOf } from './terraform/sandbox-project.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

describe.skipIf(blocker !== undefined)('tozo infrastructure with the real terraform, and what it starts from', () => {
  it.each([
    { TF_CLI_ARGS_plan: '-refresh=false' },
    { TF_CLI_ARGS_plan: '-refresh-only' },
    { TF_CLI_ARGS_plan: '-target=heroku_app.shop', TF_CLI_ARGS: '-lock=false' },
  ])('finds the same drift with %j, and says that it is ignored', async (more) => {
    await using project = await openSandboxProject();
    await project.declare({});
    expect(await project.run('apply', ['--yes'], more)).toMatchObject({ code: 0 });
    await project.asGitlab('PUT', `/projects/${await projectIdOf(project, 'shop')}`, { visibility: 'public' });
    const { code, stdout } = await project.run('drift', [], more);
    expect(stdout).toContain('gitlab_project.shop: visibility_level is "public", declared "private"');
    expect(stdout).toContain(`warning: ${Object.keys(more).join(' and ')} would change what Terraform does: ignored.`);
    expect(code).toBe(6);
  });

  it('a lost state is named by drift, and what exists is taken over by the import that a failed apply names', async () => {
    await using project = await openSandboxProject();
    await project.declare({});
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    const authorization = `Basic ${Buffer.from(`ann:${project.sandbox.gitlabToken}`).toString('base64')}`;
    const lost = await fetch(project.env['TF_HTTP_ADDRESS']!, { method: 'DELETE', headers: { authorization } });
    expect(lost.ok).toBe(true);
    const { code, stdout } = await project.run('drift');
    expect(code).toBe(6);
    for (const line of ["heroku_app.shop: isn't in the state", 'What exists is taken over: tozo infrastructure import'])
      expect(stdout).toContain(line);
    expect(await project.run('apply', ['--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('take it over: tozo infrastructure import, and then apply again'),
    });
    expect(await project.run('import')).toMatchObject({ code: 0 });
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect(await project.run('drift')).toMatchObject({ code: 0, stdout: expect.stringContaining('NO DRIFT') });
  });
});
