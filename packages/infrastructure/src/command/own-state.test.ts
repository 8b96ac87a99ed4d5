import { expect, test } from 'vitest';
import { emptyFile } from '../testing/empty-file.ts';
import { type Allowed, assertOwnState } from './own-state.ts';
import type { StoredResource } from './state.ts';
import type { TerraformFile } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;

function fileWith(resources: Readonly<Record<string, Fields>>, more: Partial<TerraformFile> = {}): TerraformFile {
  return {
    ...emptyFile,
    resources: Object.entries(resources).map(([address, attributes]) => ({
      address,
      type: address.split('.')[0]!,
      attributes,
    })),
    moved: { 'gitlab_project_variable.heroku_token': 'gitlab_project_variable.heroku_api_key' },
    ...more,
  };
}

function stateWith(resources: Readonly<Record<string, Fields>>): StoredResource[] {
  return Object.entries(resources).map(([address, { id, ...attributes }]) => ({
    address,
    type: address.split('.')[0]!,
    id: id as string | undefined,
    attributes,
    isTainted: false,
  }));
}

const shop = {
  'heroku_app.app': { id: 'uuid-1', name: 'shop-live' },
  'gitlab_project.app': {
    id: '7',
    name: 'Shop',
    path: 'shop',
    namespace_id: 42,
    path_with_namespace: 'acme/shop',
  },
  'gitlab_project_variable.heroku_app': { id: '7:HEROKU_APP:*' },
};
const declared = (app: string, project: Fields): Readonly<Record<string, Fields>> => ({
  'heroku_app.app': { name: app },
  'gitlab_project.app': project,
  'gitlab_project_variable.heroku_app': { value: '${heroku_app.app.name}' },
});

function check(file: TerraformFile, allowed?: Allowed): string {
  try {
    assertOwnState(stateWith(shop), file, {}, allowed);
    return 'own';
  } catch (error) {
    expect(error).toMatchObject({ code: 'STATE_INVALID' });
    return (error as Error).message;
  }
}

test('rejects the state of another project with the same addresses, and says whose it is (fault 190, infrastructure)', () => {
  const message = check(fileWith(declared('blog-live', { name: 'blog' })));
  expect(message).toBe(
    'The state at TF_HTTP_ADDRESS belongs to another project: it has heroku_app.app (shop-live) and gitlab_project.app (acme/shop), and cdk.tf.json declares heroku_app.app (blog-live) and gitlab_project.app (blog). An apply would change or destroy what it has. Correct the address. If that is the same under a new name, confirm it: tozo infrastructure apply --rename heroku_app.app --rename gitlab_project.app',
  );
});

test('an app of another project is rejected also in a shared GitLab project, and a project also with the same app', () => {
  expect(check(fileWith(declared('blog-live', { name: 'Shop' })))).toMatch(/it has heroku_app.app \(shop-live\), and/);
  expect(check(fileWith(declared('shop-live', { name: 'blog' })))).toMatch(/it has gitlab_project.app \(acme\/shop\)/);
  expect(check(fileWith(declared('shop-live', { name: 'Shop', namespace_id: 43 })))).toContain('another project');
});

test('a state that shares only the addresses of variables, and one that shares nothing, are rejected', () => {
  const other = { 'heroku_app.blog': { name: 'blog-live' }, 'gitlab_project_variable.heroku_app': {} };
  expect(check(fileWith(other))).not.toContain('--rename');
  expect(check(fileWith({ 'heroku_pipeline.blog': {} }))).toContain('declares nothing of it');
});

test.each<[string, TerraformFile]>([
  ['the same names', fileWith(declared('shop-live', { name: 'Shop', namespace_id: 42 }))],
  ['the same path', fileWith(declared('shop-live', { name: 'New Shop', path: 'shop' }))],
  ['a name that only Terraform knows', fileWith(declared('${random_pet.x.id}', { name: 'Shop' }))],
  [
    'an imported project, by its path',
    fileWith(declared('shop-live', { name: 'x' }), { imports: { 'gitlab_project.app': 'Acme/Shop' } }),
  ],
  [
    'an imported project, by its ID',
    fileWith(declared('shop-live', { name: '7' }), { imports: { 'gitlab_project.app': '7' } }),
  ],
  ['other addresses', fileWith({ 'heroku_app.web': { name: 'shop-live' } })],
  ['no app and no project, and the same addresses', fileWith({ 'gitlab_project_variable.heroku_app': {} })],
])("accepts a project's own state, which has %s", (_, file) => {
  expect(check(file)).toBe('own');
});

test('a rename of the same app and project is accepted once it is confirmed', () => {
  const file = fileWith(declared('shop-new', { name: 'new' }));
  expect(check(file, { rename: ['heroku_app.app'] })).toContain('it has gitlab_project.app (acme/shop)');
  expect(check(file, { rename: ['heroku_app.app', 'gitlab_project.app'] })).toBe('own');
  expect(check(file, { destroy: ['heroku_app.app', 'gitlab_project.app'] })).toBe('own');
});

test('accepts an empty state', () => {
  expect(() => assertOwnState([], fileWith(declared('blog', {})), {})).not.toThrow();
});
