import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import {
  connectServices,
  deploy,
  type DeployConfig,
  type DeployPlan,
  type DeployReport,
  exitCodeOf,
  type GitlabAccess,
  loadConfig,
  redactor,
  resolveValues,
  Secret,
} from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import { readRevision } from '../git.ts';
import { createOutput, type Output } from '../output.ts';
import { jsonRenderer } from '../render/json.ts';
import { renderPlan, terminalRenderer } from '../render/terminal.ts';
import { cancelOnSignals } from '../signals.ts';
import { contextDigestVariable, projectName } from '../project.ts';
import type { Surroundings } from '../surroundings.ts';
import { chooseTarget, isCi } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { type Destination, openDestination } from './destination.ts';

export interface DeployOptions {
  readonly sandbox?: boolean;
  /** What dynos are in the sandbox. */
  readonly dynos?: DynoKind;
  readonly dryRun?: boolean;
  readonly builder?: DeployConfig['builder'];
  readonly pin?: boolean;
  readonly verifyReuse?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly report?: string;
}

/** `tozo deploy`. Gives the exit code. */
export async function deployCommand(options: DeployOptions, surroundings: Surroundings): Promise<number> {
  const { cwd, env } = surroundings;
  const target = chooseTarget(env, { sandbox: options.sandbox ?? false });
  const config = await loadConfig(cwd);
  if (target.kind === 'sandbox' && options.pin) {
    throw new UsageError(
      '--pin writes digests of real base images, and the sandbox has stand-ins. Use it with HEROKU_API_KEY set.',
    );
  }
  if (target.kind === 'heroku') requireConsent(options, surroundings);
  const contextDigest = env[contextDigestVariable(await projectName(cwd))];

  const destination = await openDestination(target, config, cwd, env, options.dynos);
  const values = resolveValues(config, destination.env);
  const secrets = [destination.apiKey, ...values.secrets, ...environmentSecrets(env)];
  const redact = redactor(secrets);
  const output = createOutput(surroundings.stdout, redact);
  const emit = options.json ? jsonRenderer(output) : terminalRenderer(output, env);
  const services = connectServices(destination.addresses);
  const revision = await readRevision(cwd, env);
  const cancellation = cancelOnSignals();
  try {
    const report = await deploy(
      {
        folder: cwd,
        config,
        values,
        app: destination.app,
        target: { kind: target.kind, text: target.text },
        builder: options.builder ?? config.builder,
        dryRun: options.dryRun ?? false,
        pin: options.pin ?? false,
        verifyReuse: options.verifyReuse ?? false,
        cacheDirectory: cacheDirectory(env),
        warnings: [...destination.warnings, ...uncommittedWork(target.kind, revision.uncommitted)],
        ...(revision.commit ? { revision: revision.commit } : {}),
        ...(contextDigest ? { contextDigest } : {}),
        ...gitlabAccess(env),
        confirm: (plan) => confirm(plan, destination, options, surroundings, output),
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

/** Outside CI a deploy to Heroku is asked for; without a terminal there is nobody to ask. */
function requireConsent({ yes, dryRun }: DeployOptions, { env, stdin, stdout }: Surroundings): void {
  if (yes || dryRun || isCi(env) || (stdin.isTTY && stdout.isTTY)) return;
  throw new UsageError(
    'This would deploy to Heroku, and there is no terminal to ask on. Add --yes to deploy without being asked, --dry-run to see the plan, or --sandbox.',
  );
}

async function confirm(
  plan: DeployPlan,
  { kind, app }: Destination,
  { yes, json }: DeployOptions,
  { env, stdin, stderr }: Surroundings,
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

function uncommittedWork(kind: 'heroku' | 'sandbox', uncommitted: boolean): string[] {
  return kind === 'heroku' && uncommitted ? ['This deploy holds changes that are not committed.'] : [];
}

/** The project whose pipeline this is. */
function gitlabAccess(env: NodeJS.ProcessEnv): { gitlab?: GitlabAccess } {
  const { CI_PROJECT_ID: projectId, CI_SERVER_URL: host, GITLAB_TOKEN: token } = env;
  if (!projectId) return {};
  return { gitlab: { projectId, ...(host ? { host } : {}), ...(token ? { token: new Secret(token) } : {}) } };
}

/** Values that lie about in a job's environment and must not be echoed either. */
function environmentSecrets(env: NodeJS.ProcessEnv): Secret[] {
  const names = ['HEROKU_API_KEY', 'GITLAB_TOKEN', 'CI_JOB_TOKEN', 'DATABASE_URL'];
  return names.flatMap((name) => (env[name] ? [new Secret(env[name])] : []));
}

async function writeReport(file: string, report: DeployReport, redact: (text: string) => string): Promise<void> {
  await writeFile(file, `${redact(JSON.stringify(report, null, 2))}\n`);
}
