import { DeployError, loadConfig, runCiVariables, Secret, selectEnvironment } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';

export interface CiVariablesOptions {
  readonly environment?: string;
  readonly project?: string;
  readonly host?: string;
  readonly overwriteHidden?: boolean;
  readonly allowWeaker?: boolean;
  readonly json?: boolean;
}

const exitCodes = { matches: 0, differs: 1, gitlab: 3 } as const;

/** `tozo ci variables plan|sync|check`. Returns the exit code. @throws UsageError before any request */
export async function ciVariablesCommand(
  action: 'plan' | 'sync' | 'check',
  options: CiVariablesOptions,
  { cwd, env, stdout, stderr, redaction }: CommandContext,
): Promise<number> {
  const { environment, json = false } = options;
  const config = await withUsageErrors(DeployError, async () => {
    const declared = await loadConfig(cwd);
    const isDefault = environment === 'production' && declared.environments === undefined;
    if (environment !== undefined && !isDefault) selectEnvironment(declared, environment, 'heroku');
    return declared;
  });
  const values = (config.ciVariables?.required ?? []).flatMap((one) => {
    const value = env[typeof one === 'string' ? one : (one.fromEnv ?? one.key)];
    return value ? [value] : [];
  });
  redaction.add(values.map((value) => new Secret(value)));
  const gitlab = accessOf(options, env);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const { isMatching, report } = await runCiVariables({
      ...{ action, config, directory: cwd, environment, gitlab, env },
      overwriteHidden: options.overwriteHidden ?? false,
      allowWeaker: options.allowWeaker ?? false,
      signal: controller.signal,
      onText: (text) => (json ? undefined : stdout.write(text)),
    });
    if (json) stdout.writeJson(report, 2);
    return isMatching ? exitCodes.matches : exitCodes.differs;
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    if (error.code !== 'GITLAB_FAILED') throw new UsageError(error.message, { cause: error });
    stderr.write(`${error.message}\n`);
    return exitCodes.gitlab;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function accessOf({ project, host }: CiVariablesOptions, env: NodeJS.ProcessEnv) {
  const projectId = project ?? env['CI_PROJECT_ID'];
  if (!projectId) {
    throw new UsageError(
      "Which GitLab project? Add --project group/name, or set CI_PROJECT_ID as GitLab's jobs have it.",
    );
  }
  const url = host ?? env['CI_SERVER_URL'];
  const token = env['GITLAB_TOKEN'];
  return { projectId, ...(url ? { host: url } : {}), ...(token ? { token: new Secret(token) } : {}) };
}
