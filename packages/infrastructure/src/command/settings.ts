import { InfrastructureError } from '../errors.ts';
import type { TerraformFile } from './terraform-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of GitLab-managed state, with what they're set to. Without the last two Terraform locks in a way that GitLab
 * doesn't know. @see https://docs.gitlab.com/user/infrastructure/iac/terraform_state/
 */
const stateSettings = {
  TF_HTTP_ADDRESS: 'https://gitlab.com/api/v4/projects/ID/terraform/state/NAME',
  TF_HTTP_LOCK_ADDRESS: 'TF_HTTP_ADDRESS followed by /lock',
  TF_HTTP_UNLOCK_ADDRESS: 'TF_HTTP_ADDRESS followed by /lock',
  TF_HTTP_USERNAME: 'your username at GitLab, or gitlab-ci-token in a job',
  TF_HTTP_PASSWORD: 'a token with the scope api, or $CI_JOB_TOKEN in a job',
  TF_HTTP_LOCK_METHOD: 'POST',
  TF_HTTP_UNLOCK_METHOD: 'DELETE',
};

const providerSettings = {
  heroku: {
    name: 'HEROKU_API_KEY',
    value: 'a key of an account that may change the app: heroku authorizations:create',
  },
  gitlab: { name: 'GITLAB_TOKEN', value: 'a token of a Maintainer with the scope api' },
};

/**
 * Checks the environment before Terraform starts: the state's address, values of variables, and the providers' tokens. Values
 * aren't part of the messages.
 * @throws InfrastructureError SETTINGS_INVALID with everything that is missing or unfit
 */
export function assertSettings(file: TerraformFile, env: Environment): void {
  const problems = [...stateProblems(file, env), ...variableProblems(file, env), ...tokenProblems(file, env)];
  if (problems.length === 0) return;
  throw new InfrastructureError(
    'SETTINGS_INVALID',
    `The infrastructure needs these environment variables:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

/** A backend with an address of its own may lock otherwise, or not at all, unless GitLab keeps the state. */
function stateProblems(file: TerraformFile, env: Environment): string[] {
  if (!file.usesHttpBackend) return [];
  const address = file.httpBackend?.['address'];
  if (typeof address === 'string' && !address.includes('/terraform/state/')) return [];
  return Object.entries(stateSettings).flatMap(([name, value]) =>
    stateSetting(file, name, env) ? [] : [`${name}: ${value}`],
  );
}

/** Returns a setting of the HTTP backend by its variable's name. Terraform prefers the file to the variable. */
export function stateSetting(
  { httpBackend }: Pick<TerraformFile, 'httpBackend'>,
  variable: string,
  env: Environment,
): string | undefined {
  const inFile = httpBackend?.[variable.replace('TF_HTTP_', '').toLowerCase()];
  return typeof inFile === 'string' && inFile !== '' ? inFile : env[variable];
}

function variableProblems({ requiredVariables }: TerraformFile, env: Environment): string[] {
  return requiredVariables.flatMap((variable) => {
    const name = `TF_VAR_${variable}`;
    const value = env[name];
    if (value === undefined || value === '') return [`${name}: the value of the variable ${variable}`];
    if (variable !== 'heroku_api_key' || /^\S{8,}$/.test(value)) return [];
    return [`${name}: has fewer than 8 characters, a blank or a line break, so GitLab can't mask it. Copy it again`];
  });
}

/** The Heroku provider also reads ~/.netrc, as the Heroku CLI writes it. Then it reports a missing key itself. */
function tokenProblems({ resources }: TerraformFile, env: Environment): string[] {
  return Object.entries(providerSettings).flatMap(([provider, { name, value }]) => {
    const isUsed = resources.some(({ type }) => type.startsWith(`${provider}_`));
    return isUsed && !env[name]?.trim() ? [`${name}: ${value}`] : [];
  });
}
