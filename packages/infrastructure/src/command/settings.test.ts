import { expect, test } from 'vitest';
import { InfrastructureError } from '../errors.ts';
import { assertSettings } from './settings.ts';
import type { TerraformFile } from './terraform-file.ts';

const file: TerraformFile = {
  path: 'out/infrastructure/cdk.tf.json',
  resources: [
    { address: 'heroku_app.shop', type: 'heroku_app', attributes: {} },
    { address: 'gitlab_project.shop', type: 'gitlab_project', attributes: {} },
  ],
  requiredVariables: ['heroku_api_key'],
  variableDefaults: {},
  usesHttpBackend: true,
  gitlabUrl: undefined,
  earlierAddresses: [],
  imports: {},
  existingProject: undefined,
};

const complete = {
  TF_HTTP_ADDRESS: 'https://gitlab.com/api/v4/projects/7/terraform/state/default',
  TF_HTTP_LOCK_ADDRESS: 'https://gitlab.com/api/v4/projects/7/terraform/state/default/lock',
  TF_HTTP_UNLOCK_ADDRESS: 'https://gitlab.com/api/v4/projects/7/terraform/state/default/lock',
  TF_HTTP_USERNAME: 'ann',
  TF_HTTP_PASSWORD: 'glpat-1',
  TF_HTTP_LOCK_METHOD: 'POST',
  TF_HTTP_UNLOCK_METHOD: 'DELETE',
  TF_VAR_heroku_api_key: 'HRKU-5ecret-5ecret',
  HEROKU_API_KEY: 'HRKU-1',
  GITLAB_TOKEN: 'glpat-1',
};

function problemsOf(env: Record<string, string>): string[] {
  try {
    assertSettings(file, env);
    return [];
  } catch (error) {
    if (!(error instanceof InfrastructureError) || error.code !== 'SETTINGS_INVALID') throw error;
    return error.message.split('\n').slice(1);
  }
}

test('names each variable of the state that is missing, all at once (fault 189, infrastructure)', () => {
  expect(problemsOf(complete)).toEqual([]);
  const { TF_HTTP_ADDRESS, TF_VAR_heroku_api_key, HEROKU_API_KEY, GITLAB_TOKEN } = complete;
  const alone = problemsOf({ TF_HTTP_ADDRESS, TF_VAR_heroku_api_key, HEROKU_API_KEY, GITLAB_TOKEN });
  expect(alone.map((line) => line.trim().split(':')[0])).toEqual(Object.keys(complete).slice(1, 7));
});

test('each of them is needed (fault 189, infrastructure)', () => {
  for (const name of Object.keys(complete)) {
    const problems = problemsOf({ ...complete, [name]: '' });
    expect(problems).toEqual([expect.stringContaining(`  ${name}: `)]);
  }
});

test.each(['5ecret', 'HRKU-5ecret-5ecret ', ' HRKU-5ecret-5ecret', 'HRKU-5ecret-5ecret\n', 'HRKU 5ecret 5ecret'])(
  "rejects a key that can't be masked without printing it: %j (fault 182, infrastructure)",
  (key) => {
    const problems = problemsOf({ ...complete, TF_VAR_heroku_api_key: key });
    expect(problems).toEqual([expect.stringContaining('TF_VAR_heroku_api_key: has fewer than 8 characters, a blank')]);
    expect(problems.join()).not.toContain('5ecret');
  },
);

test('a local state needs none of them', () => {
  const { TF_VAR_heroku_api_key, HEROKU_API_KEY, GITLAB_TOKEN } = complete;
  expect(() =>
    assertSettings({ ...file, usesHttpBackend: false }, { TF_VAR_heroku_api_key, HEROKU_API_KEY, GITLAB_TOKEN }),
  ).not.toThrow();
});
