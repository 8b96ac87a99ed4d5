import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { App, DeployInfrastructure, renderTerraform } from '@tozo/infrastructure';
import { openWorkspace } from './terraform/workspace.ts';

const here = spawnSync('terraform', ['version']).status === 0;
if (!here) console.log('skipped: no terraform in PATH (see developer.hashicorp.com/terraform/install)');

const key = 'HRKU-5ecret-5ecret-5ecret';
const variables = { heroku_api_key: key };

/** Returns the file generated from tozo's own infrastructure. */
async function synthTozo(): Promise<string> {
  const cwd = fileURLToPath(new URL('../../apps/tozo/', import.meta.url));
  const argv = ['--conditions=@tozo/source', '--import=tsx', 'infrastructure.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd });
  return readFile(stdout.trim(), 'utf8');
}

describe.skipIf(!here)('the real terraform', () => {
  it("rejects a key that GitLab can't mask before anything is created", async () => {
    await using workspace = await openWorkspace();
    await workspace.write('cdk.tf.json', await synthTozo());
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    const plan = await workspace.run(['plan'], { heroku_api_key: '5ecret' });
    expect(plan.code).toBe(1);
    expect(plan.output).toContain('GitLab masks only values of at least 8 characters without whitespace.');
    expect([...workspace.heroku.done, ...workspace.gitlab.done]).toEqual([]);
  });

  it("creates what tozo describes, finds nothing to change afterwards, and doesn't destroy it by mistake", async () => {
    await using workspace = await openWorkspace();
    await workspace.write('cdk.tf.json', await synthTozo());
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });

    const plan = await workspace.run(['plan', '-out=plan'], variables);
    expect(plan.output).toContain('Plan: 5 to add, 0 to change, 0 to destroy.');
    expect(plan.output).toMatch(/project += \(known after apply\)/);
    expect(plan.output).not.toContain(key);

    const apply = await workspace.run(['apply', 'plan']);
    expect(apply).toMatchObject({ code: 0, output: expect.stringContaining('Apply complete! Resources: 5 added') });
    expect(apply.output).toContain('app_url = "web_url of heroku_app-1"');
    expect(apply.output).not.toContain(key);
    expect(workspace.heroku.done).toEqual(['create heroku_app']);
    expect(workspace.gitlab.done[0]).toBe('create gitlab_project');

    expect([...workspace.heroku.world.values()]).toMatchObject([{ name: 'tozo', region: 'eu', stack: 'container' }]);
    const created = [...workspace.gitlab.world.values()].filter((resource) => 'key' in resource);
    const common = { project: 'gitlab_project-1', protected: true, raw: true, environment_scope: 'production' };
    const byKey = Object.fromEntries(created.map((resource) => [resource['key'], resource]));
    expect(byKey).toMatchObject({
      HEROKU_API_KEY: { ...common, value: key, masked: true },
      HEROKU_APP: { ...common, value: 'tozo', masked: false },
      HEROKU_USERNAME: { ...common, value: '_', masked: false },
    });
    // As the README says: the state must be kept where only deployers may read it.
    expect(workspace.state()).toContain(key);

    const nothing = 0;
    expect(await workspace.run(['plan', '-detailed-exitcode'], variables)).toMatchObject({ code: nothing });

    const refused = await workspace.run(['destroy', '-auto-approve'], variables);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('lifecycle.prevent_destroy');
    expect(workspace.gitlab.world.size).toBe(4);

    const lifecycle = { tozo: { lifecycle: { prevent_destroy: false } } };
    const override = { resource: { heroku_app: lifecycle, gitlab_project: lifecycle } };
    await workspace.write('override.tf.json', JSON.stringify(override));
    const destroyed = await workspace.run(['destroy', '-auto-approve'], variables);
    expect(destroyed).toMatchObject({ code: 0, output: expect.stringContaining('Destroy complete! Resources: 5') });
    expect([workspace.heroku.world.size, workspace.gitlab.world.size]).toEqual([0, 0]);
  });

  it('imports an existing app and project, and accepts every option', async () => {
    await using workspace = await openWorkspace();
    workspace.heroku.place('heroku_app', {
      id: 'uuid-1',
      name: 'shop-live',
      region: 'eu',
      stack: 'container',
      web_url: 'x',
    });
    workspace.gitlab.place('gitlab_project', {
      id: '7',
      name: 'shop',
      path: 'shop',
      visibility_level: 'private',
      web_url: 'x',
    });
    const shop = new DeployInfrastructure(new App(), 'shop', {
      appName: 'shop-live',
      region: 'eu',
      gitlab: {
        name: 'shop',
        path: 'shop',
        namespaceId: 42,
        description: 'Sells things',
        visibility: 'internal',
        baseUrl: 'https://gitlab.example.com/api/v4/',
      },
      environmentScope: 'production',
      existing: { herokuApp: true, gitlabProject: '7' },
    });
    await workspace.write('cdk.tf.json', renderTerraform(shop));
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    const apply = await workspace.run(['apply', '-auto-approve'], variables);
    expect(apply.output).toContain('Apply complete! Resources: 2 imported, 3 added, 1 changed, 0 destroyed.');
    expect(workspace.heroku.done).toEqual(['import heroku_app']);
    expect(workspace.gitlab.done.slice(0, 2)).toEqual(['import gitlab_project', 'update gitlab_project']);
    expect(workspace.gitlab.world.get('gitlab_project "7"')).toMatchObject({
      namespace_id: 42,
      visibility_level: 'internal',
    });
  });

  it('accepts the options for a team and for a local state', async () => {
    await using workspace = await openWorkspace();
    const options = { appName: 'shop-live', team: 'acme', gitlab: { name: 'shop' }, backend: 'local' } as const;
    await workspace.write('cdk.tf.json', renderTerraform(new DeployInfrastructure(new App(), 'shop', options)));
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    expect(await workspace.run(['apply', '-auto-approve'], variables)).toMatchObject({ code: 0 });
    expect([...workspace.heroku.world.values()]).toMatchObject([{ organization: [{ name: 'acme' }] }]);
    expect(workspace.state()).toBe('');
  });
});
