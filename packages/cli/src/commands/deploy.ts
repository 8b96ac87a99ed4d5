import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import {
  connectServices,
  createRedactor,
  deploy,
  type DeployConfig,
  DeployError,
  type DeployPlan,
  type DeployReport,
  exitCodeOf,
  type GitlabAccess,
  loadConfig,
  resolveValues,
  Secret,
} from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import { readRevision } from '../git.ts';
import { createOutput, type Output } from '../output.ts';
import { jsonRenderer } from '../render/json.ts';
import { renderPlan } from '../render/plan.ts';
import { terminalRenderer } from '../render/terminal.ts';
import { cancelOnSignals } from '../signals.ts';
import { contextDigestVariable, projectName } from '../project.ts';
import type { CommandContext } from '../command-context.ts';
import { chooseTarget, isCi } from '../target.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { type Destination, openDestination } from './destination.ts';

export interface DeployOptions {
  readonly sandbox?: boolean;
  /** How the sandbox runs dynos. */
  readonly dynos?: DynoKind;
  readonly dryRun?: boolean;
  readonly builder?: DeployConfig['builder'];
  readonly pin?: boolean;
  readonly verifyReuse?: boolean;
  readonly again?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

/** `tozo deploy`. Returns the exit code. */
export async function deployCommand(options: DeployOptions, context: CommandContext): Promise<number> {
  return withUsageErrors(DeployError, () => runDeploy(options, context));
}

async function runDeploy(options: DeployOptions, context: CommandContext): Promise<number> {
  const { cwd, env } = context;
  const target = chooseTarget(env, { sandbox: options.sandbox ?? false });
  const config = await loadConfig(cwd);
  if (target.kind === 'sandbox' && options.pin) {
    throw new UsageError(
      '--pin needs the digests of real base images, but the sandbox has only stand-ins. Set HEROKU_API_KEY to use --pin.',
    );
  }
  if (target.kind === 'heroku') assertCanConfirm(options, context);
  const contextDigest = env[contextDigestVariable(await projectName(cwd))];

  const destination = await openDestination(target, config, cwd, env, options.dynos);
  const values = resolveValues(config, destination.env);
  const secrets = [destination.apiKey, ...values.secrets, ...environmentSecrets(env)];
  const { redact } = createRedactor(secrets);
  const output = createOutput(context.stdout, redact);
  const emit = options.json ? jsonRenderer(output) : terminalRenderer(output, env);
  const services = connectServices(destination.addresses);
  const revision = await readRevision(cwd, env);
  const cancellation = cancelOnSignals();
  try {
    const report = await deploy(
      {
        directory: cwd,
        config,
        values,
        app: destination.app,
        target: { kind: target.kind, text: target.text },
        builder: options.builder ?? config.builder,
        dryRun: options.dryRun ?? false,
        pin: options.pin ?? false,
        verifyReuse: options.verifyReuse ?? false,
        ...(options.again ? { again: new Date().toISOString() } : {}),
        cacheDirectory: cacheDirectory(env),
        warnings: [...destination.warnings, ...uncommittedChanges(target.kind, revision.uncommitted)],
        ...(revision.commit ? { revision: revision.commit } : {}),
        ...(contextDigest ? { contextDigest } : {}),
        ...gitlabAccess(env),
        confirm: (plan) => confirm(plan, destination, options, context, output),
      },
      services,
      emit,
      cancellation.signal,
    );
    if (options.report) await writeReport(resolve(cwd, options.report), report, redact);
    return report.outcome === 'cancelled'
      ? (cancellation.exitCode() ?? exitCodeOf('cancelled'))
      : exitCodeOf(report.outcome);
  } finally {
    cancellation.dispose();
    await services.close();
  }
}

/** Outside CI a deploy to Heroku needs a confirmation, which needs a terminal. */
function assertCanConfirm({ yes, dryRun }: DeployOptions, { env, stdin, stdout }: CommandContext): void {
  if (yes || dryRun || isCi(env) || (stdin.isTTY && stdout.isTTY)) return;
  throw new UsageError(
    "Can't ask for confirmation without a terminal. Add --yes to deploy to Heroku anyway, --dry-run to see the plan, or --sandbox to deploy to the sandbox.",
  );
}

async function confirm(
  plan: DeployPlan,
  { kind, app }: Destination,
  { yes, json }: DeployOptions,
  { env, stdin, stderr }: CommandContext,
  output: Output,
): Promise<boolean> {
  if (kind === 'sandbox' || yes || isCi(env)) return true;
  if (!json) output.write(renderPlan(plan));
  const { default: ask } = await import('@inquirer/confirm');
  return ask({ message: `Deploy ${app} to Heroku?`, default: false }, { input: stdin, output: stderr });
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
function cacheDirectory({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  return join(XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'tozo');
}

function uncommittedChanges(kind: 'heroku' | 'sandbox', uncommitted: boolean): string[] {
  return kind === 'heroku' && uncommitted ? ['This deploy includes uncommitted changes.'] : [];
}

/** Returns how to reach the GitLab project of this pipeline. */
function gitlabAccess(env: NodeJS.ProcessEnv): { gitlab?: GitlabAccess } {
  const { CI_PROJECT_ID: projectId, CI_SERVER_URL: host, GITLAB_TOKEN: token } = env;
  if (!projectId) return {};
  return { gitlab: { projectId, ...(host ? { host } : {}), ...(token ? { token: new Secret(token) } : {}) } };
}

/** Returns the secrets in the environment, for redaction. */
function environmentSecrets(env: NodeJS.ProcessEnv): Secret[] {
  const names = ['HEROKU_API_KEY', 'GITLAB_TOKEN', 'CI_JOB_TOKEN', 'DATABASE_URL'];
  return names.flatMap((name) => (env[name] ? [new Secret(env[name])] : []));
}

async function writeReport(file: string, report: DeployReport, redact: (text: string) => string): Promise<void> {
  await writeFile(file, `${redact(JSON.stringify(report, null, 2))}\n`);
}
