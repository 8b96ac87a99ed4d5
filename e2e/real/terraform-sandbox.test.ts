import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { App, ContinuousDeployment, DeployInfrastructure, renderTerraform } from '@tozo/infrastructure';
import { createShop } from '../src/testing/shop.ts';
import { runTozoInProcess } from '../src/testing/tozo.ts';
import { type Fields, textOf } from './terraform/api-resources.ts';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import {
  herokuKey,
  linkPackages,
  openSandboxProject,
  projectIdOf,
  runTerraform,
  type SandboxProject,
} from './terraform/sandbox-project.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const unprotected = { protectFromDestroy: false };

/** Returns the project that was created: the first one holds the state. */
async function createdProject({ asGitlab }: SandboxProject): Promise<Fields | undefined> {
  return ((await asGitlab('GET', '/projects')) as unknown as Fields[]).find(({ id }) => id !== 1);
}

describe.skipIf(blocker !== undefined)('tozo infrastructure with the real terraform, on the sandbox', () => {
  it('creates everything from infrastructure.js, a deploy with its variables is live, and nothing is left after a destroy', async () => {
    await using project = await openSandboxProject();
    await linkPackages(project.directory);
    await project.write('package.json', '{"type": "module"}');
    await project.write(
      'infrastructure.js',
      `import { App, DeployInfrastructure, synthesize } from '@tozo/infrastructure';
if (Object.keys(process.env).some((name) => /^(TF_|HEROKU_|GITLAB_TOKEN)/.test(name))) throw new Error('a token is here');
const shop = new DeployInfrastructure(new App(), 'shop', { appName: 'shop-live', gitlab: { name: 'shop' }, protectFromDestroy: false });
await synthesize(shop, new URL('out/infrastructure/cdk.tf.json', import.meta.url));`,
    );
    const { directory, env, asHeroku } = project;
    const applied = await runTozoInProcess(['infrastructure', 'apply', '--yes'], { cwd: directory, env });
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('Resources: 5 added') });
    expect(applied.stdout + applied.stderr).not.toContain('5ecret');

    const { id } = (await createdProject(project))!;
    const variables = (await project.asGitlab('GET', `/projects/${textOf(id)}/variables`)) as unknown as Record<
      string,
      string
    >[];
    expect(variables.map(({ key, environment_scope: scope }) => `${key} ${scope}`).toSorted()).toEqual(
      ['HEROKU_API_KEY', 'HEROKU_APP', 'HEROKU_USERNAME'].map((key) => `${key} production/*`),
    );
    const { HEROKU_APP, HEROKU_USERNAME } = Object.fromEntries(variables.map(({ key, value }) => [key, value]));
    await using shop = await createShop('shop');
    const deploy = await runTozoInProcess(['deploy', '--yes'], {
      cwd: shop.directory,
      env: {
        ...env,
        HEROKU_APP,
        HEROKU_USERNAME,
        HEROKU_REGISTRY_URL: project.sandbox.urls.registry,
        TOZO_DOCKER_HUB_MIRROR: project.sandbox.urls.hub,
      },
    });
    expect(deploy).toMatchObject({ code: 0 });
    const { web_url: url } = await asHeroku('GET', '/apps/shop-live');
    expect((await fetch(textOf(url))).status).toBe(200);

    expect(await project.run('drift')).toMatchObject({ code: 0, stdout: expect.stringContaining('NO DRIFT') });
    expect(await runTerraform(project, 'destroy', '-auto-approve')).toMatchObject({ code: 0 });
    expect(await createdProject(project)).toBeUndefined();
    await expect(asHeroku('GET', '/apps/shop-live')).rejects.toMatchObject({ status: 404 });
  });

  it('names what was changed by hand, and an apply makes it as declared', async () => {
    await using project = await openSandboxProject();
    await project.declare(unprotected, (file: Record<string, object>) => {
      const protection = {
        project: '${gitlab_project.shop.id}',
        branch: 'main',
        push_access_level: 'no one',
        merge_access_level: 'maintainer',
      };
      return { ...file, resource: { ...file['resource'], gitlab_branch_protection: { main: protection } } };
    });
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect(await project.run('drift')).toMatchObject({ code: 0 });
    const { id } = (await createdProject(project))!;
    const path = `/projects/${textOf(id)}`;
    await project.asGitlab('PUT', `${path}/variables/HEROKU_APP?filter[environment_scope]=production%2F*`, {
      value: 'other',
    });
    await project.asGitlab('PUT', `${path}/variables/HEROKU_API_KEY?filter[environment_scope]=production%2F*`, {
      value: 'HRKU-0ther-5ecret',
    });
    await project.asGitlab('DELETE', `${path}/protected_branches/main`);
    await project.asHeroku('PATCH', '/apps/shop-live', { build_stack: 'heroku-24' });
    const drift = await project.run('drift');
    expect(drift.code).toBe(6);
    for (const line of [
      'heroku_app.shop: stack is "heroku-24", declared "container"',
      'gitlab_branch_protection.main: was deleted by hand',
      'gitlab_project_variable.heroku_app: value differs',
      'gitlab_project_variable.heroku_token: value differs',
      'DRIFT: 4 differences',
    ])
      expect(drift.stdout).toContain(line);
    expect(drift.stdout + drift.stderr).not.toContain('5ecret');
    expect(await project.run('apply', ['--yes'])).toMatchObject({ code: 0 });
    expect(await project.run('drift')).toMatchObject({ code: 0 });
  });

  it('imports what exists, and says what the next apply would change (fault 187, infrastructure)', async () => {
    await using project = await openSandboxProject();
    await project.asHeroku('POST', '/apps', { name: 'shop-live', region: 'eu', stack: 'container' });
    const { id } = await project.asGitlab('POST', '/projects', { name: 'shop', visibility: 'public' });
    const variables = `/projects/${textOf(id)}/variables`;
    await project.asGitlab('POST', variables, { key: 'HEROKU_API_KEY', value: herokuKey, masked: true });
    await project.declare({ gitlab: { name: 'shop', visibility: 'private' } });
    const found = await project.run('import');
    expect(found).toMatchObject({ code: 0 });
    for (const line of [
      'heroku_app.shop is shop-live',
      'the next apply changes its visibility_level from public to private',
      'its scope is *: the next apply creates it for production/*',
    ])
      expect(found.stdout).toContain(line);
    await project.declare({ gitlab: { name: 'shop', visibility: 'public' }, region: 'eu' });
    expect(await project.run('apply', ['--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 imported, 3 added, '),
    });
    expect((await project.asGitlab('GET', `/projects/${textOf(id)}`))['visibility']).toBe('public');
    expect(await project.run('drift')).toMatchObject({ code: 0 });
    expect((await project.run('import')).stdout).toContain('Nothing to import');
    expect(existsSync(join(project.directory, 'out/infrastructure/import.tf.json'))).toBe(false);
  });

  it('refuses a local state in a directory that a build removes, before Terraform starts', async () => {
    await using project = await openSandboxProject();
    await project.declare({ backend: 'local' });
    await project.write('project.json', JSON.stringify({ targets: { build: { outputs: ['{projectRoot}/out'] } } }));
    expect(await project.run('apply', ['--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('in out, an output of the target build that Nx removes'),
    });
    expect(existsSync(join(project.directory, 'out/infrastructure/.terraform'))).toBe(false);
  });

  it('creates two apps of one stack with protected branches and environments, finds no drift, and destroys all of it', async () => {
    await using project = await openSandboxProject();
    const stack = new DeployInfrastructure(new App(), 'shop', {
      appName: 'shop-live',
      gitlab: { name: 'shop' },
      protectFromDestroy: false,
    });
    const lifecycle = { preventDestroy: false };
    const blog = new ContinuousDeployment(stack, 'blog', {
      app: { name: 'blog-live', region: 'eu', lifecycle },
      project: { name: 'blog', lifecycle },
    });
    expect(blog.app.appName).toContain('TfToken');
    await project.write('out/infrastructure/cdk.tf.json', renderTerraform(stack));
    const applied = await project.run('apply', ['--yes']);
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining('Resources: 12 added') });
    const path = `/projects/${await projectIdOf(project, 'blog')}`;
    expect(await project.asGitlab('GET', `${path}/protected_branches/main`)).toMatchObject({ allow_force_push: false });
    const { web_url: url } = await project.asHeroku('GET', '/apps/blog-live');
    expect(await project.asGitlab('GET', `${path}/environments`)).toMatchObject([
      { name: 'production/blog', external_url: url, tier: 'production' },
    ]);
    expect(await project.run('drift')).toMatchObject({ code: 0 });
    expect(await runTerraform(project, 'destroy', '-auto-approve')).toMatchObject({ code: 0 });
    expect(await createdProject(project)).toBeUndefined();
  });
});
