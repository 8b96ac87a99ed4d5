import { expect, test } from 'vitest';
import { assertOwnState, describeTainted, parseState } from './state.ts';
import type { TerraformFile } from './terraform-file.ts';

function fileWith(...addresses: string[]): TerraformFile {
  return {
    path: 'cdk.tf.json',
    resources: addresses.map((address) => ({ address, type: address.split('.')[0]!, attributes: {} })),
    requiredVariables: [],
    variableDefaults: {},
    usesHttpBackend: true,
    gitlabUrl: undefined,
    earlierAddresses: ['gitlab_project_variable.heroku_api_key'],
    importedAddresses: [],
    existingProject: undefined,
  };
}

const app = {
  mode: 'managed',
  type: 'heroku_app',
  name: 'shop',
  instances: [{ status: 'tainted', attributes: { id: 'uuid-1', name: 'shop-live' } }],
};
const stateOf = (...resources: object[]): string => JSON.stringify({ version: 4, serial: 1, resources });

test('says how to keep an app whose creation was not completed (fault 188, infrastructure)', () => {
  const stored = parseState(stateOf(app, { ...app, name: 'other', instances: [{ attributes: { id: 'uuid-2' } }] }));
  expect(describeTainted(stored, 'terraform -chdir=out')).toBe(
    "heroku_app.shop (shop-live) was created, but an error followed, so Terraform marked it as tainted and would replace it. If it's in order, keep it: terraform -chdir=out untaint heroku_app.shop",
  );
  expect(describeTainted(stored.slice(1), 'terraform')).toBeUndefined();
});

test('rejects the state of another project, and accepts its own, an earlier and an empty one (fault 190, infrastructure)', () => {
  const stored = parseState(stateOf(app));
  expect(() => assertOwnState(stored, fileWith('heroku_app.blog'))).toThrow(
    expect.objectContaining({
      code: 'STATE_INVALID',
      message: expect.stringContaining('it has heroku_app.shop, and nothing that cdk.tf.json declares'),
    }),
  );
  expect(() => assertOwnState(stored, fileWith('heroku_app.shop'))).not.toThrow();
  const earlier = parseState(stateOf({ ...app, type: 'gitlab_project_variable', name: 'heroku_api_key' }));
  expect(() => assertOwnState(earlier, fileWith('heroku_app.blog'))).not.toThrow();
  for (const empty of ['', '\n', stateOf()])
    expect(() => assertOwnState(parseState(empty), fileWith('heroku_app.blog'))).not.toThrow();
});
