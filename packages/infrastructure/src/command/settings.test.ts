import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { InfrastructureError } from '../errors.ts';
import { emptyFile } from '../testing/empty-file.ts';
import { assertSettings } from './settings.ts';
import { readTerraformFile, type TerraformFile } from './terraform-file.ts';

const file: TerraformFile = {
  ...emptyFile,
  path: 'out/infrastructure/cdk.tf.json',
  resources: [
    { address: 'heroku_app.shop', type: 'heroku_app', attributes: {} },
    { address: 'gitlab_project.shop', type: 'gitlab_project', attributes: {} },
  ],
  requiredVariables: ['heroku_api_key'],
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

function problemsOf(env: Record<string, string>, of: TerraformFile = file): string[] {
  try {
    assertSettings(of, env);
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

test('what the file sets of its backend is not needed again', () => {
  const { TF_VAR_heroku_api_key, HEROKU_API_KEY, GITLAB_TOKEN } = complete;
  const tokens = { TF_VAR_heroku_api_key, HEROKU_API_KEY, GITLAB_TOKEN };
  const address = complete.TF_HTTP_ADDRESS;
  const httpBackend = {
    address,
    lock_address: `${address}/lock`,
    unlock_address: `${address}/lock`,
    lock_method: 'POST',
    unlock_method: 'DELETE',
    username: 'ann',
  };
  expect(problemsOf(tokens, { ...file, httpBackend })).toEqual([expect.stringContaining('  TF_HTTP_PASSWORD: ')]);
  expect(problemsOf({ ...tokens, TF_HTTP_PASSWORD: 'glpat-1' }, { ...file, httpBackend })).toEqual([]);
  expect(problemsOf(tokens, { ...file, httpBackend: { address: 'https://state.example.com/shop' } })).toEqual([]);
});

test('a value in terraform.tfvars or *.auto.tfvars is not needed again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-tfvars-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'cdk.tf.json');
  await writeFile(path, JSON.stringify({ variable: { one: {}, two: {}, three: {}, four: {}, five: {} } }));
  await writeFile(join(directory, 'terraform.tfvars'), 'one = "5ecret"\n');
  await writeFile(join(directory, 'a.auto.tfvars'), '# three = 3\n  two=2\n');
  await writeFile(join(directory, 'b.auto.tfvars.json'), '{"four": "5ecret"}');
  await writeFile(join(directory, 'other.tfvars'), 'five = 5\n');
  expect(problemsOf({}, await readTerraformFile(path)).map((line) => line.trim().split(':')[0])).toEqual([
    'TF_VAR_three',
    'TF_VAR_five',
  ]);
});
