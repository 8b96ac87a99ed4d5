import { expect, test } from 'vitest';
import { emptyFile } from '../testing/empty-file.ts';
import { describeDestruction } from './protected.ts';
import type { TerraformFile } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;

const change = (address: string, actions: string[], before: Fields | null, after: Fields | null = null) => ({
  address,
  type: address.split('.')[0],
  mode: 'managed',
  change: { actions, before, after },
});
const planOf = (...changes: object[]): string => JSON.stringify({ resource_changes: changes });

function fileWith(resources: Readonly<Record<string, Fields>>): TerraformFile {
  return {
    ...emptyFile,
    resources: Object.entries(resources).map(([address, attributes]) => ({ address, type: '', attributes })),
  };
}

const none = fileWith({});
const removed = planOf(
  change('heroku_app.shop', ['delete'], { name: 'shop-live' }),
  change('gitlab_project.shop', ['delete'], { name: 'shop', path_with_namespace: 'acme/shop' }),
  change('gitlab_project_variable.heroku_app', ['delete'], { key: 'HEROKU_APP' }),
);

test('a plan that destroys an app and a project is refused, although no prevent_destroy is left', () => {
  expect(describeDestruction(removed, none)).toBe(
    `The plan destroys what can't be created again as it is: heroku_app.shop (shop-live), gitlab_project.shop (acme/shop).
To destroy it all the same: tozo infrastructure apply --allow-destroy heroku_app.shop --allow-destroy gitlab_project.shop`,
  );
});

test('only the addresses that are allowed may be destroyed', () => {
  expect(describeDestruction(removed, none, ['heroku_app.shop'])).toContain(
    'as it is: gitlab_project.shop (acme/shop).',
  );
  expect(describeDestruction(removed, none, ['heroku_app.shop', 'gitlab_project.shop'])).toBeUndefined();
});

test('proposes moved blocks for all that is declared under the same name at another address', () => {
  const scope = { environment_scope: 'production/*' };
  const plan = planOf(
    change('heroku_app.shop', ['delete'], { name: 'shop-live', region: 'us' }),
    change('gitlab_project_variable.shop_heroku_app', ['delete'], { key: 'HEROKU_APP', ...scope, project: '7' }),
    change('gitlab_project_variable.shop_heroku_token', ['delete'], { key: 'HEROKU_API_KEY', ...scope }),
    change('heroku_app.other', ['create'], null, { name: 'other-live' }),
    change('heroku_app.web', ['create'], null, { name: 'shop-live', region: 'eu' }),
    change('gitlab_project_variable.web_heroku_app', ['create'], null, { key: 'HEROKU_APP', ...scope }),
  );
  expect(describeDestruction(plan, none)).toContain(`
stack.addOverride('moved', [
  { from: 'heroku_app.shop', to: 'heroku_app.web' },
  { from: 'gitlab_project_variable.shop_heroku_app', to: 'gitlab_project_variable.web_heroku_app' },
]);
Or to destroy it all the same: tozo infrastructure apply --allow-destroy heroku_app.shop`);
});

test('a replacement is refused as well, unless the file itself says that it may be destroyed', () => {
  const address = 'module.data["a"].heroku_addon.postgres';
  const type = 'heroku_addon';
  const before = { name: 'postgresql-x-1' };
  for (const actions of [
    ['delete', 'create'],
    ['create', 'delete'],
  ]) {
    const replaced = planOf({ ...change(address, actions, before, {}), type });
    expect(describeDestruction(replaced, none)).toContain('(postgresql-x-1), which it replaces.');
    expect(describeDestruction(replaced, none)).toContain(`--allow-destroy '${address}'`);
    for (const [prevent, isRefused] of [
      [false, false],
      [undefined, true],
    ]) {
      const file = fileWith({ [address]: { lifecycle: { prevent_destroy: prevent } } });
      expect(describeDestruction(replaced, file) !== undefined).toBe(isRefused);
    }
  }
});

test('other changes are allowed', () => {
  const plan = planOf(
    change('heroku_app.shop', ['update'], {}, {}),
    change('heroku_app.kept', ['forget'], {}),
    change('heroku_formation.web', ['delete'], {}),
    { ...change('heroku_app.read', ['delete'], {}), mode: 'data' },
  );
  expect(describeDestruction(plan, none)).toBeUndefined();
  expect(describeDestruction('{}', none)).toBeUndefined();
});
