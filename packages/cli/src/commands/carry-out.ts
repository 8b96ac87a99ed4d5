import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { connectServices, DeployError, type DeployReport, type DeployRequest, startDeploy } from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import type { CommandContext } from '../command-context.ts';
import type { Target } from '../target.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { type DeployOutput, type DeployOutputOptions, openDeployOutput } from './deploy-output.ts';
import { openDestination } from './destination.ts';
import type { Place } from './place.ts';

/** Runs a command that deploys. Returns its exit code, also when it's canceled before the deploy has started. */
export async function withDeployOutput(
  options: DeployOutputOptions,
  context: CommandContext,
  work: (output: DeployOutput) => Promise<number>,
): Promise<number> {
  using output = openDeployOutput(options, context);
  const { signal } = output.cancellation;
  try {
    return await withUsageErrors(DeployError, () => work(output));
  } catch (error) {
    if (signal.aborted && error === signal.reason) return output.endUnstarted();
    if (error instanceof UsageError) output.reportRefusal(error);
    throw error;
  }
}

/** Where a deploy goes. */
export interface DeployDestination {
  readonly target: Target;
  readonly place: Place;
  readonly dynos: DynoKind | undefined;
}

/** Connects to the services and deploys. */
export async function carryOut(
  request: DeployRequest,
  { target, place, dynos }: DeployDestination,
  { env, redaction }: CommandContext,
  output: DeployOutput,
): Promise<{ readonly exitCode: number; readonly report: DeployReport }> {
  const { signal } = output.cancellation;
  signal.throwIfAborted();
  const destination = await unlessAborted(openDestination(target, place, dynos), signal);
  redaction.add([destination.apiKey]);
  const services = connectServices({ ...destination.addresses, cacheDirectory: cacheDirectory(env) });
  try {
    const running = startDeploy(request, services, output.emit, signal);
    const exitCode = await output.follow(running);
    return { exitCode, report: await running.finished };
  } finally {
    await services.close();
  }
}

/** @see https://specifications.freedesktop.org/basedir-spec/latest/ */
export function cacheDirectory({ XDG_CACHE_HOME }: NodeJS.ProcessEnv): string {
  return join(XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'tozo');
}

/** Waits for work that can't be aborted. Throws the signal's reason instead if that comes first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      const abort = (): void => reject(signal.reason as Error);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
    }),
  ]);
}
