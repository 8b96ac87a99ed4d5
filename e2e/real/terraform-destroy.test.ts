/* oxlint-disable no-new -- a construct adds itself to its scope */
import { describe, expect, it } from 'vitest';
import { App, ContinuousDeployment, DeployInfrastructure, renderTerraform } from '@tozo/infrastructure';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import { openSandboxProject, projectIdOf, type SandboxProject } from './terraform/sandbox-project.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

type Moved = readonly { readonly from: string; readonly to: string }[];

/** Writes the file of a stack that has the app shop and, unless it's undefined, a second set with this ID. */
async function declareWith(project: SandboxProject, id: string | undefined, moved: Moved = []): Promise<void> {
  const stack = new DeployInfrastructure(new App(), 'shop', { appName: 'shop-live', gitlab: { name: 'shop' } });
  if (id !== undefined)
    new ContinuousDeployment(stack, id, { app: { name: 'blog-live', region: 'us' }, project: { name: 'blog' } });
  if (moved.length > 0) stack.addOverride('moved', moved);
  await project.write('out/infrastructure/cdk.tf.json', renderTerraform(stack));
}

describe.skipIf(blocker !== undefined)('tozo infrastructure with the real terraform, and what must not be lost', () => {
  it('a set that is no longer declared is destroyed only if its app and its project are allowed to be', async () => {
    await using project = await openSandboxProject();
    await declareWith(project, 'blog');
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    const id = await projectIdOf(project, 'blog');
    await declareWith(project, undefined);
    const lost = 'gitlab_project.blog (sandbox/blog), heroku_app.blog (blog-live).';
    expect((await project.run('plan')).stdout).toContain(`warning: The plan destroys what can't be created again`);
    const refused = await project.run('apply', ['--yes', '--allow-destroy', 'heroku_app.shop']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(lost) });
    expect(project.heroku.done).not.toContain('delete heroku_app');
    expect(project.gitlab.done.join()).not.toContain('delete');

    const allowed = ['--allow-destroy', 'gitlab_project.blog', '--allow-destroy', 'heroku_app.blog'];
    expect(refused.stderr).toContain(`tozo infrastructure apply ${allowed.join(' ')}`);
    expect(await project.run('apply', ['--yes', ...allowed])).toMatchObject({ code: 0 });
    await expect(project.asHeroku('GET', '/apps/blog-live')).rejects.toMatchObject({ status: 404 });
    await expect(project.asGitlab('GET', `/projects/${id}`)).rejects.toMatchObject({ status: 404 });
    expect(await project.asHeroku('GET', '/apps/shop-live')).toMatchObject({ name: 'shop-live' });
  });

  it('a set whose ID changed is kept by the moved blocks that the refusal proposes', async () => {
    await using project = await openSandboxProject();
    await declareWith(project, 'blog');
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    const id = await projectIdOf(project, 'blog');
    const before = [...project.heroku.done, ...project.gitlab.done];
    await declareWith(project, 'web');
    const { code, stderr } = await project.run('apply', ['--yes']);
    expect(code).toBe(1);
    const moved = [...stderr.matchAll(/\{ from: '(\S+)', to: '(\S+)' \}/g)].map(([, from, to]) => ({
      from: from!,
      to: to!,
    }));
    expect(moved).toContainEqual({ from: 'heroku_app.blog', to: 'heroku_app.web' });
    expect(stderr).toContain("stack.addOverride('moved', [");
    await declareWith(project, 'web', moved);
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect([...project.heroku.done, ...project.gitlab.done]).not.toContain('delete gitlab_project');
    expect(project.heroku.done.filter((one) => one === 'create heroku_app')).toHaveLength(
      before.filter((one) => one === 'create heroku_app').length,
    );
    expect(await projectIdOf(project, 'blog')).toBe(id);
    expect(await project.run('drift')).toMatchObject({ code: 0 });
  });
});
