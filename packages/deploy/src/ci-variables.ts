import type { CheckReport, SyncReport } from '@tozo/gitlab-variables';
import { declareCiVariables } from './config/ci-variables.ts';
import type { DeployConfig } from './config/schema.ts';
import { DeployError } from './errors.ts';
import { ciVariablesRemedy, type GitlabAccess } from './state/ci-variables.ts';

/** What `tozo ci variables` does with the variables that deploy.json declares. */
export interface CiVariablesRequest {
  readonly action: 'plan' | 'sync' | 'check';
  readonly config: DeployConfig;
  /** The project's directory, absolute. */
  readonly directory: string;
  /** Only the variables of this environment of deploy.json. */
  readonly environment?: string | undefined;
  readonly gitlab: GitlabAccess;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Rewrites hidden variables, whose values can't be compared. */
  readonly overwriteHidden?: boolean;
  /** Lets the declaration take a protection or a description away. */
  readonly allowWeaker?: boolean;
  readonly signal?: AbortSignal;
  /** Receives the lines to print, without values, as soon as they're true. */
  readonly onText: (text: string) => void;
}

export interface CiVariablesResult {
  readonly isMatching: boolean;
  readonly report: SyncReport | CheckReport;
}

/**
 * Plans, checks or writes the project's CI/CD variables.
 * @throws DeployError CI_VARIABLES_INVALID before any request; GITLAB_FAILED
 */
export async function runCiVariables(request: CiVariablesRequest): Promise<CiVariablesResult> {
  const { action, config } = request;
  const owner = config.ciVariables?.owner;
  if (owner === undefined) {
    throw invalidError(
      'deploy.json declares no CI/CD variables. Add "ciVariables": {"owner": "tozo", "required": ["HEROKU_API_KEY"]}.',
    );
  }
  if (action === 'sync' && owner === 'terraform') {
    throw invalidError(
      'Terraform owns the CI/CD variables of deploy.json: apply the infrastructure, or set their "owner" to "tozo".',
    );
  }
  const { GitlabVariablesError } = await import('@tozo/gitlab-variables');
  try {
    return action === 'check' ? await check(request, ciVariablesRemedy[owner]) : await sync(request);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    if (isInvalid.has(error.code)) throw invalidError(error.message, error);
    throw new DeployError('GITLAB_FAILED', error.message, { cause: error });
  }
}

const isInvalid = new Set(['OPTIONS_INVALID', 'VARIABLE_INVALID', 'HOST_REFUSED', 'JOB_TOKEN']);

async function check(request: CiVariablesRequest, remedy: string): Promise<CiVariablesResult> {
  const { config, directory, environment, env, signal, onText } = request;
  const { checkLines, checkVariables, knownValues } = await import('@tozo/gitlab-variables');
  const expected = await knownValues(declareCiVariables(config, environment), { env, directory });
  const found = checkVariables(expected, await (await openProject(request)).list({ ...(signal && { signal }) }));
  const findings = found.findings.map((one) => (one.isSynced ? { ...one, remedy } : one));
  const report = { ...found, findings };
  onText(checkLines(report));
  return { isMatching: findings.length === 0, report };
}

async function sync(request: CiVariablesRequest): Promise<CiVariablesResult> {
  const { action, config, directory, environment, env, signal, onText } = request;
  const { overwriteHidden = false, allowWeaker = false } = request;
  const { readValues, reportSummary, stepLine, syncVariables } = await import('@tozo/gitlab-variables');
  const project = await openProject(request);
  const desired = await readValues(declareCiVariables(config, environment), { env, directory, stdin: noInput });
  const report = await syncVariables(project, desired, {
    overwriteHidden,
    allowWeaker,
    dryRun: action === 'plan',
    signal,
    onStep: (step) => onText(stepLine(step)),
  });
  onText(reportSummary(report));
  return { isMatching: report.complete, report };
}

async function openProject({ gitlab: { host, projectId, token }, env }: CiVariablesRequest) {
  const { createProjectVariables } = await import('@tozo/gitlab-variables');
  const jobToken = env['CI_JOB_TOKEN'];
  return createProjectVariables({ host, projectId, token: token?.reveal(), jobToken });
}

/** deploy.json declares no value from standard input. */
const noInput: AsyncIterable<string> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: '' }) }),
};

function invalidError(message: string, cause?: unknown): DeployError {
  return new DeployError('CI_VARIABLES_INVALID', message, { cause });
}
