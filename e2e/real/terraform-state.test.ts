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
});
