import {
  type Check,
  checkBuild,
  type CheckedBuild,
  checkRun,
  type DeployConfig,
  DeployError,
  needsReuse,
  type PreparedBuild,
  problem,
  resolveValues,
  type Services,
} from '@tozo/deploy';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { projectIdentity } from '../project.ts';
import type { Target } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { imageVariable, readImage } from './deploy.ts';
import type { Place } from './place.ts';
import { assertStandIns, sandboxRunRule } from './sandbox-bases.ts';

/** Checks that a deploy from here could build its image, or has one from an earlier job. */
export async function checkDeployBuild(
  config: DeployConfig,
  kind: Target['kind'],
  values: NodeJS.ProcessEnv,
  context: CommandContext,
): Promise<CheckedBuild> {
  const { cwd, env } = context;
  const image = env[imageVariable];
  try {
    const handed = image ? await readImage(image, context) : undefined;
    const checked = await checkBuild(config, {
      directory: cwd,
      env: values,
      ...(handed ? { handed } : {}),
      ...(kind === 'sandbox' ? await sandboxRunRule(env) : {}),
    });
    if (checked.prepared && kind === 'sandbox') await assertStandIns(checked.prepared, env);
    return checked;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { check: problem('Dockerfile', error.message, image ? 'tozo image' : 'export TOZO_DOCKER_HUB_MIRROR=URL') };
  }
}

/** Checks what a deploy does about RUN, where only the registry shows that. */
export async function* checkReuse(
  services: Services,
  config: DeployConfig,
  prepared: PreparedBuild | undefined,
  { target, place }: { readonly target: Target; readonly place: Place },
  { cwd }: CommandContext,
): AsyncGenerator<Check> {
  if (!prepared || !needsReuse(prepared)) return;
  const values = valuesOf(config, place);
  if (!values) return;
  const repository = await findRepository(cwd).catch(() => cwd);
  yield await checkRun(services, {
    directory: cwd,
    config,
    values,
    builder: config.builder,
    prepared,
    app: place.app,
    target: { kind: target.kind, text: target.text },
    project: await projectIdentity(cwd, repository),
  });
}

/** Returns undefined if some aren't set, which is a finding of its own. */
function valuesOf(config: DeployConfig, { env }: Place) {
  try {
    return resolveValues(config, env);
  } catch (error) {
    if (!(error instanceof DeployError)) throw error;
    return undefined;
  }
}
