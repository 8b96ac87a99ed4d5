import { connectServices, type RollbackRequest, startRollback } from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { isCi } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { withDeployOutput } from './carry-out.ts';
import { assertCanConfirmRollback, confirmRollback } from './confirm.ts';
import type { DeployOutput, DeployOutputOptions } from './deploy-output.ts';
import { originOf } from './job.ts';
import { type AppOptions, openRunningApp, type RunningApp } from './running-app.ts';

export interface RollbackOptions extends AppOptions, DeployOutputOptions {
  readonly keepConfig?: boolean;
  readonly yes?: boolean;
}

/** `tozo rollback`. Returns the exit code. @param release such as `v41`; undefined for the one before */
export async function rollbackCommand(
  release: string | undefined,
  options: RollbackOptions,
  context: CommandContext,
): Promise<number> {
  return withDeployOutput(options, context, (output) => runRollback(release, options, context, output));
}

async function runRollback(
  release: string | undefined,
  options: RollbackOptions,
  context: CommandContext,
  output: DeployOutput,
): Promise<number> {
  const { signal } = output.cancellation;
  const version = release === undefined ? undefined : versionOf(release);
  const app = await openRunningApp(options, context);
  if (app.target.kind === 'heroku') assertCanConfirmRollback(options, context);
  signal.throwIfAborted();
  const services = connectServices(app.destination.addresses);
  try {
    const request = requestOf(app, version, options, context, output);
    return await output.follow(startRollback(request, services, output.emit, signal));
  } finally {
    await services.close();
  }
}

function versionOf(release: string): number {
  const [, digits] = /^v?([1-9]\d{0,8})$/i.exec(release) ?? [];
  if (digits === undefined) {
    throw new UsageError(`"${release}" isn't a release: write v41. tozo status --history lists the releases.`);
  }
  return Number(digits);
}

function requestOf(
  { config, target, place }: RunningApp,
  version: number | undefined,
  { environment, keepConfig = false, yes = false }: RollbackOptions,
  context: CommandContext,
  { progress, cancellation }: DeployOutput,
): RollbackRequest {
  const asks = target.kind === 'heroku' && !yes && !isCi(context.env);
  return {
    app: place.app,
    target: { kind: target.kind, text: target.text },
    ...(environment === undefined ? {} : { environment }),
    ...(version === undefined ? {} : { version }),
    keepConfig,
    types: Object.keys(config.processes),
    warnings: place.warnings,
    origin: originOf(context.env),
    ...(asks ? { confirm: (plan) => confirmRollback(plan, context, progress, cancellation) } : {}),
  };
}
