import { expect, test } from 'vitest';
import { failureOf } from './explain-failure.ts';

const explain = (output: string): { code: string; message: string } => {
  const { code, message } = failureOf({ output, command: 'apply', terraform: 'terraform -chdir=out', exitCode: 1 });
  return { code, message };
};

const locked = (held: string): string => `╷
│ Error: Error acquiring the state lock
│
│ Error message: HTTP remote state already locked:
│ ID=${held}
│ Lock Info:
│   ID:        4c4ffb0b-9dd8
│   Path:
│   Operation: OperationTypeApply
│   Who:       ann@laptop
│   Version:   1.11.4
│   Created:   2026-11-30 12:00:01.123456 +0000 UTC
│   Info:
│
│ Terraform acquires a state lock to protect the state from being written
╵`;

test('a locked state says who holds it, since when, and how to free it (fault 190, infrastructure)', () => {
  expect(explain(locked('4c4ffb0b-9dd8'))).toEqual({
    code: 'STATE_LOCKED',
    message:
      'The state is locked by ann@laptop since 2026-11-30 12:00:01 UTC (apply). Wait until that is finished. GitLab shows whose it is and since when (Operate > Terraform states). If that run no longer exists: terraform -chdir=out force-unlock 4c4ffb0b-9dd8',
  });
});

test("a locked state doesn't name the run that waits as its holder (fault 190, infrastructure)", () => {
  const { message } = explain(locked('b7ee-holder'));
  expect(message).toContain('The state is locked by another run. Wait');
  expect(message).toMatch(/force-unlock b7ee-holder$/);
  expect(message).not.toContain('ann@laptop');
});

test("a state that can't be written is kept next to the file, and the message says how to write it (fault 190, infrastructure)", () => {
  const output =
    'Error: Failed to persist state to backend\n\nThe error shown above has prevented Terraform… written to the file "errored.tfstate"';
  expect(explain(output)).toEqual({
    code: 'STATE_INVALID',
    message: expect.stringContaining('terraform -chdir=out state push errored.tfstate'),
  });
});

test.each([
  [
    '│ Error: POST https://gitlab.com/api/v4/projects/7/variables: 403 {message: 403 Forbidden}',
    'GITLAB_TOKEN may not do this: use a token with the scope api, of a user with the role Maintainer',
  ],
  ['│ Error: 403 Forbidden\n│\n│   with gitlab_project.shop,\n│   on cdk.tf.json line 1', 'GITLAB_TOKEN may not'],
  [
    '│ Error: Patch "https://api.heroku.com/apps/shop": 403 Forbidden',
    'HEROKU_API_KEY may not do this: use a key with the scopes read and write, of an account with the permissions deploy, operate and manage',
  ],
])('a refused request names the token, its role and its permissions (fault 193, infrastructure)', (output, message) => {
  expect(explain(output)).toEqual({ code: 'ACCESS_DENIED', message: expect.stringContaining(message) });
});

test.each([
  '│ Error: POST https://gitlab.com/api/v4/projects: 400 {message: {name: [has already been taken]}}',
  '│ Error: Post "https://api.heroku.com/apps": Name shop-live is already taken',
  '│ Error: 409 {message: Environment already exists}',
])('what exists already is taken over by an import, as the message says: %s', (output) => {
  expect(explain(output).message).toContain('take it over: tozo infrastructure import');
});

test('any other failure points to the output', () => {
  expect(explain('Error: Invalid resource name')).toEqual({
    code: 'TERRAFORM_FAILED',
    message: 'terraform apply failed with exit code 1: see its output above.',
  });
});
