import { resolve } from 'node:path';
import {
  type BuildSettings,
  type DeployConfig,
  DeployError,
  type DeployRequest,
  findStaleCopy,
  handoverRepository,
  loadConfig,
  prepareBuild,
  type PreparedBuild,
  readHandover,
  RegistryPusherError,
  resolveValues,
  type SavedPlan,
  selectEnvironment,
  staleCopyWarning,
} from '@tozo/deploy';
import type { DynoKind } from '@tozo/sandbox/connect';
import type { CommandContext } from '../command-context.ts';
import { compareCommits, findRepository, readRevision, type Revision } from '../git.ts';
import { projectIdentity } from '../project.ts';
import { parseRunReuse, type RunReuseOptions } from '../run-reuse-options.ts';
import { chooseTarget, isCi, type Target } from '../target.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { cacheDirectory, carryOut, withDeployOutput } from './carry-out.ts';
import { assertCanConfirm, confirm } from './confirm.ts';
import { declaredSecrets } from './declared-secrets.ts';
import type { DeployOutput, DeployOutputOptions } from './deploy-output.ts';
import { gitlabAccess, originOf } from './job.ts';
import { assertOwnApp } from './other-projects.ts';
import { findPlace, type Place } from './place.ts';
import { assertStandIns, sandboxRunRule } from './sandbox-bases.ts';
import { assertPlanIsFor, openPlanOutput, readSavedPlan } from './saved-plan.ts';

export interface DeployOptions extends DeployOutputOptions, RunReuseOptions {
  /** The environment of deploy.json to deploy to. */
  readonly environment?: string;
  /** How the sandbox runs dynos. */
  readonly dynos?: DynoKind;
  readonly builder?: DeployConfig['builder'];
  readonly pin?: boolean;
  readonly verifyReuse?: boolean;
  readonly again?: boolean;
  readonly yes?: boolean;
  /** A file with the plan to carry out. */
  readonly plan?: string;
  /** The digest of what an earlier job built from. Default: the variable TOZO_CONTEXT_DIGEST. */
  readonly contextDigest?: string | undefined;
  /** The directory of the image that `tozo image` built, in place of a build. Default: the variable TOZO_IMAGE. */
  readonly image?: string;
  /** Commits whose recorded images are released instead of a build. */
  readonly recordedCommits?: readonly string[];
  /** The file to write the plan of a dry run to. */
  readonly out?: string;
}

/** Passes the digest of what an earlier job built from to a `tozo deploy` that another program starts. */
export const contextDigestVariable = 'TOZO_CONTEXT_DIGEST';

/** Passes the directory of an image that an earlier job built to a `tozo deploy` that another program starts. */
export const imageVariable = 'TOZO_IMAGE';

/** `tozo deploy`. Returns the exit code. */
export async function deployCommand(options: DeployOptions, context: CommandContext): Promise<number> {
  return withDeployOutput(options, context, (output) => runDeploy(options, context, output));
}

async function runDeploy(options: DeployOptions, context: CommandContext, output: DeployOutput): Promise<number> {
  const { cwd, env, redaction } = context;
  const { environment } = options;
  const target = chooseTarget(env, { sandbox: options.sandbox ?? false, environment });
  const savedPlan = await readSavedPlan(options.plan, context);
  if (savedPlan)
    assertPlanIsFor(savedPlan, { target: target.kind, ...(environment === undefined ? {} : { environment }) });
  const planOutput = openPlanOutput(options.out, context);
  const config = selectEnvironment(await loadConfig(cwd), environment, target.kind);
  redaction.add(declaredSecrets(config, env));
  if (target.kind === 'sandbox' && options.pin) {
    throw new UsageError(
      '--pin needs the digests of real base images, but the sandbox has only stand-ins. Set HEROKU_API_KEY to use --pin.',
    );
  }
  if (target.kind === 'heroku' && !savedPlan) assertCanConfirm(options, context);

  const place = await findPlace(target, config, cwd, env);
  redaction.add(declaredSecrets(config, place.env));
  const request = await requestOf(config, place, target, { ...options, savedPlan }, context, output);
  if (savedPlan) assertPlanIsFor(savedPlan, { ...request, target: target.kind });
  const { exitCode, report } = await carryOut(request, { target, place, dynos: options.dynos }, context, output);
  planOutput?.write(report, request);
  return exitCode;
}

/** Checks everything that can be checked before a service is started or asked. */
async function requestOf(
  config: DeployConfig,
  place: Place,
  target: Target,
  { savedPlan, ...options }: DeployOptions & { readonly savedPlan: SavedPlan | undefined },
  context: CommandContext,
  { progress, cancellation }: DeployOutput,
): Promise<DeployRequest> {
  const { cwd, env } = context;
  const values = resolveValues(config, place.env);
  const contextDigest = options.contextDigest ?? env[contextDigestVariable];
  const image = options.image ?? env[imageVariable];
  const handed = image && !options.recordedCommits ? await readImage(image, context) : undefined;
  const [revision, repository] = await Promise.all([
    readRevision(cwd, env),
    findRepository(cwd).catch(() => cwd),
    assertOwnApp(target, place, cwd),
  ]);
  const again = savedPlan ? savedPlan.again : options.again ? new Date().toISOString() : undefined;
  const asks = target.kind === 'heroku' && !options.yes && !savedPlan && !isCi(env);
  const settings: BuildSettings = {
    directory: cwd,
    config,
    values,
    builder: savedPlan?.builder ?? options.builder ?? config.builder,
    cacheDirectory: cacheDirectory(env),
    ...(revision.commit ? { revision: revision.commit } : {}),
    ...(again ? { again } : {}),
    ...(handed ? { handed } : {}),
    ...(target.kind === 'sandbox' ? await sandboxRunRule(env) : {}),
  };
  const { recordedCommits } = options;
  // Nothing of the app has to be here to release its recorded images.
  const prepared = recordedCommits ? undefined : await prepare(settings, cancellation.signal);
  if (prepared && target.kind === 'sandbox') await assertStandIns(prepared, env);
  return {
    ...settings,
    ...(prepared ? { prepared } : {}),
    ...(recordedCommits ? { recordedCommits } : {}),
    project: await projectIdentity(cwd, repository),
    app: place.app,
    target: { kind: target.kind, text: target.text },
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    dryRun: options.dryRun ?? false,
    pin: options.pin ?? false,
    verifyReuse: options.verifyReuse ?? false,
    runReuse: parseRunReuse(options),
    ...ancestryOf(revision, cwd, env),
    ...(savedPlan ? { savedPlan } : {}),
    warnings: [
      ...place.warnings,
      ...uncommittedChanges(target.kind, revision.uncommitted),
      ...(await staleCopies(cwd, prepared)),
    ],
    ...(contextDigest ? { contextDigest } : {}),
    ...gitlabAccess(env),
    origin: originOf(env),
    ...(asks ? { confirm: (plan) => confirm(plan, context, progress, cancellation) } : {}),
  };
}

/** Reads the image that an earlier job built. @throws UsageError */
export async function readImage(directory: string, { cwd, env }: CommandContext) {
  const path = resolve(cwd, directory);
  const handed = await withUsageErrors(DeployError, () => readHandover(path, handoverRepository(env)));
  if (handed !== undefined) return handed;
  throw new UsageError(`${path} has no image.json: run tozo image first, or drop --image.`);
}

/** Says how to compare the deployed commit with the running one. A job's untracked files don't make it another version. */
function ancestryOf(
  { commit, uncommitted }: Revision,
  folder: string,
  env: NodeJS.ProcessEnv,
): Pick<DeployRequest, 'uncommitted' | 'compareCommits'> {
  if (uncommitted && !isCi(env)) return { uncommitted };
  return commit === undefined ? {} : { compareCommits: (from, running) => compareCommits(folder, from, running) };
}

async function prepare(settings: BuildSettings, signal: AbortSignal): Promise<PreparedBuild> {
  try {
    return await withUsageErrors(RegistryPusherError, () => prepareBuild(settings, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

async function staleCopies(directory: string, prepared: PreparedBuild | undefined): Promise<string[]> {
  const { checked, request } = prepared ?? {};
  if (!checked || !request) return [];
  const found = await findStaleCopy(
    directory,
    [...checked.known.keys()].map((path) => resolve(request.context, path)),
  );
  return found ? [staleCopyWarning(found)] : [];
}

function uncommittedChanges(kind: 'heroku' | 'sandbox', uncommitted: boolean): string[] {
  return kind === 'heroku' && uncommitted ? ['This deploy includes uncommitted changes.'] : [];
}
