import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, DeployInfrastructure, renderTerraform } from '@tozo/infrastructure';
import { startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, runTozoInProcess } from '../src/testing/tozo.ts';

const key = 'HRKU-5ecret-5ecret-5ecret';
const scope = 'production/*';

test('doctor names what was changed by hand, what was not applied and what has two owners, and shows no value', async () => {
  await using sandbox = await startSandbox();
  const root = await mkdtemp(join(tmpdir(), 'tozo-doctor-infrastructure-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const out = join(root, 'out/infrastructure');
  await mkdir(out, { recursive: true });
  const send = async (base: string, headers: Record<string, string>, method: string, path: string, body?: object) => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
    const text = await response.text();
    return (text === '' ? {} : JSON.parse(text)) as { id: number | string };
  };
  const heroku = (method: string, path: string, body?: object) =>
    send(
      sandbox.urls.heroku,
      { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${sandbox.apiKey}` },
      method,
      path,
      body,
    );
  const gitlab = (method: string, path: string, body?: object) =>
    send(`${sandbox.urls.gitlab}/api/v4`, { 'private-token': sandbox.gitlabToken }, method, path, body);

  const { id: appId } = await heroku('POST', '/apps', { name: 'shop-live', region: 'us', stack: 'container' });
  const { id } = await gitlab('POST', '/projects', { name: 'shop', visibility: 'private' });
  const values = { HEROKU_APP: 'shop-live', HEROKU_API_KEY: key, HEROKU_USERNAME: '_' };
  for (const [name, value] of Object.entries(values)) {
    const masked = name === 'HEROKU_API_KEY';
    const variable = { key: name, value, masked, protected: true, raw: true, environment_scope: scope };
    await gitlab('POST', `/projects/${id}/variables`, variable);
  }
  const protection = { push_access_level: 'no one', merge_access_level: 'maintainer' };
  await gitlab('POST', `/projects/${id}/protected_branches`, { name: 'release', push_access_level: 0 });

  const stack = new DeployInfrastructure(new App(), 'shop', {
    appName: 'shop-live',
    gitlab: { name: 'shop' },
    backend: 'local',
  });
  const file = JSON.parse(renderTerraform(stack)) as { resource: Record<string, object> };
  file.resource['gitlab_branch_protection'] = {
    release: { project: '${gitlab_project.shop.id}', branch: 'release', ...protection },
  };
  await writeFile(join(out, 'cdk.tf.json'), JSON.stringify(file));
  const resources = [
    ['heroku_app', 'shop', { id: appId, name: 'shop-live', region: 'us', stack: 'container' }],
    ['gitlab_project', 'shop', { id: String(id), name: 'shop', visibility_level: 'private' }],
    ['gitlab_project_variable', 'heroku_app', { value: 'shop-live' }],
    ['gitlab_project_variable', 'heroku_token', { value: key }],
    ['gitlab_project_variable', 'heroku_username', { value: '_' }],
    ['gitlab_branch_protection', 'release', protection],
  ] as const;
  const state = resources.map(([type, name, attributes]) => ({
    mode: 'managed',
    type,
    name,
    instances: [{ attributes }],
  }));
  await writeFile(join(out, 'terraform.tfstate'), JSON.stringify({ version: 4, resources: state }));

  const env = cleanEnvironment({
    XDG_STATE_HOME: join(root, 'state'),
    TOZO_SANDBOX_DIR: join(root, 'sandbox'),
    HEROKU_API_KEY: sandbox.apiKey,
    HEROKU_API_URL: sandbox.urls.heroku,
    HEROKU_REGISTRY_URL: sandbox.urls.registry,
    GITLAB_TOKEN: sandbox.gitlabToken,
    GITLAB_BASE_URL: `${sandbox.urls.gitlab}/api/v4`,
    TF_VAR_heroku_api_key: key,
  });
  const inspect = async (more: NodeJS.ProcessEnv = {}): Promise<string[]> => {
    const { stdout, stderr } = await runTozoInProcess(['doctor', '--json'], { cwd: root, env: { ...env, ...more } });
    expect(stdout + stderr).not.toContain('5ecret');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; text: string }[] };
    return checks
      .flatMap(({ name, state: found, text }) => (name === 'infrastructure' ? [`${found} ${text}`] : []))
      .toSorted();
  };
  expect(await inspect()).toEqual(['ok 6 resources exist as cdk.tf.json declares them']);
  expect(await inspect({ GITLAB_TOKEN: '' })).toContain('skipped GitLab: needs GITLAB_TOKEN');

  const at = (name: string): string => `/projects/${id}/variables/${name}?filter[environment_scope]=production%2F*`;
  await gitlab('PUT', at('HEROKU_APP'), { value: 'other' });
  await gitlab('PUT', at('HEROKU_API_KEY'), { value: 'HRKU-0ther-5ecret' });
  await gitlab('DELETE', `/projects/${id}/protected_branches/release`);
  await heroku('PATCH', '/apps/shop-live', { build_stack: 'heroku-24' });
  await writeFile(
    join(root, 'deploy.json'),
    JSON.stringify({
      app: 'other-shop',
      processes: { web: {} },
      ciVariables: { owner: 'tozo', required: ['HEROKU_API_KEY'] },
    }),
  );
  expect(await inspect()).toEqual([
    'problem GitLab: gitlab_branch_protection.release was deleted at GitLab',
    'problem GitLab: gitlab_project_variable.heroku_app: value differs: changed at GitLab after the last apply',
    'problem GitLab: gitlab_project_variable.heroku_token: value differs: changed at GitLab after the last apply',
    'problem Heroku: heroku_app.shop: stack is "heroku-24", declared "container": changed at Heroku after the last apply',
    'problem deploy.json deploys to other-shop, and cdk.tf.json declares the app shop-live',
    'problem deploy.json says that tozo owns the CI/CD variable HEROKU_API_KEY, and cdk.tf.json declares it: set its owner to terraform',
  ]);

  await heroku('PATCH', '/apps/shop-live', { name: 'shop-new', build_stack: 'container' });
  expect(await inspect()).toContain(
    'problem Heroku: heroku_app.shop: name is "shop-new", declared "shop-live": changed at Heroku after the last apply',
  );
  await heroku('PATCH', '/apps/shop-new', { name: 'shop-live' });

  await writeFile(join(out, 'terraform.tfstate'), JSON.stringify({ version: 4, resources: state.slice(1) }));
  expect(await inspect()).toContain("problem state: doesn't have heroku_app.shop, and it exists");
  await rm(join(out, 'terraform.tfstate'));
  expect(await inspect()).toContain(
    'problem state: has nothing of cdk.tf.json, and 5 of what it declares exist: it was never applied, or the state is lost',
  );
  await writeFile(join(out, 'terraform.tfstate'), '{"version": 5}');
  expect(await inspect()).toContain('problem state: The state has the version 5, and only 4 is known: update tozo.');
});
