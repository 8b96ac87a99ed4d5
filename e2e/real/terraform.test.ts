import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { App, DeployInfrastructure, renderTerraform } from '@tozo/infrastructure';
import { terraformBlocker as blocker } from './terraform/blocker.ts';
import { openWorkspace } from './terraform/workspace.ts';

if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const key = 'HRKU-5ecret-5ecret-5ecret';
const variables = { heroku_api_key: key };

/** Returns the file generated from tozo's own infrastructure. */
async function synthTozo(): Promise<string> {
  const cwd = fileURLToPath(new URL('../../apps/tozo/', import.meta.url));
  const argv = ['--conditions=@tozo/source', '--import=tsx', 'infrastructure.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd });
  return readFile(stdout.trim(), 'utf8');
}

describe.skipIf(blocker !== undefined)('the real terraform', () => {
  it("rejects a key that GitLab can't mask before anything is created, and prints it nowhere (fault 182, infrastructure)", async () => {
    await using workspace = await openWorkspace();
    await workspace.write('cdk.tf.json', await synthTozo());
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    expect(await workspace.read('cdk.tf.json')).not.toContain('5ecret');
    for (const unfit of ['5ecret', `${key} `, ` ${key}`, `${key}\n`, '']) {
      const validated = await workspace.run(['validate', '-json'], { heroku_api_key: unfit });
      expect(validated).toMatchObject({ code: 0, output: expect.not.stringContaining('5ecret') });
      for (const args of [
        ['plan', '-out=plan'],
        ['plan', '-json'],
        ['apply', '-auto-approve'],
        ['apply', '-auto-approve', '-json'],
      ]) {
        const { code, output } = await workspace.run(args, { heroku_api_key: unfit });
        expect(code).toBe(1);
        expect(output).toContain('GitLab masks only values of at least 8 characters without whitespace');
        expect(output).not.toContain('5ecret');
      }
    }
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
    const common = { project: 'gitlab_project-1', protected: true, raw: true, environment_scope: 'production/*' };
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

  it('takes over what exists with its variables, and changes nothing that the options leave out (faults 185, 186, 187, infrastructure)', async () => {
    await using workspace = await openWorkspace();
    const app = { id: 'uuid-1', name: 'shop-live', region: 'eu', stack: 'container', web_url: 'x' };
    const project = { id: '7', name: 'Our shop', description: 'Sells', visibility_level: 'public', web_url: 'x' };
    workspace.heroku.place('heroku_app', app);
    workspace.gitlab.place('gitlab_project', project);
    for (const [name, value] of Object.entries({ HEROKU_APP: 'shop-live', HEROKU_API_KEY: key, HEROKU_USERNAME: '_' }))
      workspace.gitlab.place('gitlab_project_variable', {
        id: `7:${name}:*`,
        project: '7',
        key: name,
        value,
        environment_scope: '*',
        variable_type: 'env_var',
      });
    const shop = new DeployInfrastructure(new App(), 'shop', {
      appName: 'shop-live',
      gitlab: {},
      environmentScope: '*',
      existing: { herokuApp: true, gitlabProject: '7', variablesScope: '*' },
    });
    await workspace.write('cdk.tf.json', renderTerraform(shop));
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    const apply = await workspace.run(['apply', '-auto-approve'], variables);
    expect(apply.output).toContain('Apply complete! Resources: 5 imported, 0 added, 3 changed, 0 destroyed.');
    expect(workspace.heroku.world.get('heroku_app "uuid-1"')).toMatchObject(app);
    expect(workspace.gitlab.world.get('gitlab_project "7"')).toMatchObject(project);
  });

  it('takes over the state of the earlier address, or of a tutorial, without deleting the key (fault 183, infrastructure)', async () => {
    await using workspace = await openWorkspace();
    const shop = new DeployInfrastructure(new App(), 'shop', { appName: 'shop-live', gitlab: { name: 'shop' } });
    const now = renderTerraform(shop);
    const before = JSON.parse(now) as {
      moved?: unknown;
      resource: { gitlab_project_variable: Record<string, unknown> };
    };
    const { heroku_token, ...others } = before.resource.gitlab_project_variable;
    delete before.moved;
    before.resource.gitlab_project_variable = { ...others, heroku_api_key: heroku_token };
    await workspace.write('cdk.tf.json', JSON.stringify(before));
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    expect(await workspace.run(['apply', '-auto-approve'], variables)).toMatchObject({ code: 0 });
    const { done } = workspace.gitlab;
    const soFar = done.length;
    await workspace.write('cdk.tf.json', now);
    const apply = await workspace.run(['apply', '-auto-approve'], variables);
    expect(apply.output).toContain('Resources: 0 added, 0 changed, 0 destroyed.');
    expect(done.slice(soFar)).toEqual([]);
  });

  it('creates the variable with the new scope before it deletes the one with the old scope (fault 184, infrastructure)', async () => {
    await using workspace = await openWorkspace();
    const withScope = (environmentScope: string): string =>
      renderTerraform(
        new DeployInfrastructure(new App(), 'shop', {
          appName: 'shop-live',
          gitlab: { name: 'shop' },
          environmentScope,
        }),
      );
    await workspace.write('cdk.tf.json', withScope('*'));
    expect(await workspace.run(['init'])).toMatchObject({ code: 0 });
    expect(await workspace.run(['apply', '-auto-approve'], variables)).toMatchObject({ code: 0 });
    const { done } = workspace.gitlab;
    const soFar = done.length;
    await workspace.write('cdk.tf.json', withScope('production/*'));
    const apply = await workspace.run(['apply', '-auto-approve'], variables);
    expect(apply.output).toContain('Resources: 3 added, 0 changed, 3 destroyed.');
    const order = done.slice(soFar).map((operation) => operation.split(' ')[0]);
    for (let at = 1; at <= 6; at++) {
      const deleted = order.slice(0, at).filter((operation) => operation === 'destroy').length;
      expect(deleted).toBeLessThanOrEqual(at - deleted);
    }
    expect(order.at(0)).toBe('create');
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
