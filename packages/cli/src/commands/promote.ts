import {
  type DeployConfig,
  type DeployRequest,
  loadConfig,
  promotionBetween,
  resolveValues,
  selectEnvironment,
} from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import type { CommandContext } from '../command-context.ts';
import { compareCommits } from '../git.ts';
import { chooseTarget, isCi, type Target } from '../target.ts';
import { carryOut, withDeployOutput } from './carry-out.ts';
import { assertCanConfirm, confirm } from './confirm.ts';
import { declaredSecrets } from './declared-secrets.ts';
import type { DeployOutput, DeployOutputOptions } from './deploy-output.ts';
import { gitlabAccess, originOf } from './job.ts';
import { assertOwnApp } from './other-projects.ts';
import { assertHasReport, type EnvironmentUrlOptions, writeEnvironmentUrl } from './environment-url.ts';
import { findPlace, type Place } from './place.ts';

export interface PromoteOptions extends DeployOutputOptions, EnvironmentUrlOptions {
  /** How the sandbox runs dynos. */
  readonly dynos?: DynoKind;
  readonly yes?: boolean;
}

/** `tozo promote`. Returns the exit code. */
export async function promoteCommand(
  from: string,
  to: string,
  options: PromoteOptions,
  context: CommandContext,
): Promise<number> {
  assertHasReport(options);
  const exitCode = await withDeployOutput(options, context, async (output) => {
    const { cwd, env, redaction } = context;
    const declared = await loadConfig(cwd);
    promotionBetween(declared, from, to);
    const target = chooseTarget(env, { sandbox: options.sandbox ?? false, environment: to });
    if (target.kind === 'heroku') assertCanConfirm(options, context);
    const config = withoutBuild(selectEnvironment(declared, to, target.kind));
    const place = await findPlace(target, config, cwd, env);
    redaction.add([...declaredSecrets(config, env), ...declaredSecrets(config, place.env)]);
    await assertOwnApp(target, place, cwd);
    const request: DeployRequest = {
      ...requestOf(config, place, target, options, context, output),
      environment: to,
      promoteFrom: from,
    };
    return (await carryOut(request, { target, place, dynos: options.dynos }, context, output)).exitCode;
  });
  await writeEnvironmentUrl(options, undefined, context);
  return exitCode;
}

/** Nothing is built, so the values for a build aren't needed. */
function withoutBuild(config: DeployConfig): DeployConfig {
  return { ...config, buildArgs: {}, buildSecrets: {} };
}

function requestOf(
  config: DeployConfig,
  { app, env: values, warnings }: Place,
  target: Target,
  { dryRun = false, yes }: PromoteOptions,
  context: CommandContext,
  { progress, cancellation }: DeployOutput,
): DeployRequest {
  const { cwd, env } = context;
  const asks = target.kind === 'heroku' && !yes && !isCi(env);
  return {
    directory: cwd,
    config,
    values: resolveValues(config, values),
    app,
    target: { kind: target.kind, text: target.text },
    builder: config.builder,
    dryRun,
    warnings,
    compareCommits: (commit, running) => compareCommits(cwd, commit, running),
    ...gitlabAccess(env),
    origin: originOf(env),
    ...(asks ? { confirm: (plan) => confirm(plan, context, progress, cancellation) } : {}),
  };
}
