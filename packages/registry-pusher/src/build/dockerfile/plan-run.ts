import { posix } from 'node:path';
import type { RunMountSource, RunStep } from '../../run/run-step.ts';
import { defaultPlatform } from '../../image/platform.ts';
import { dockerfileInvalidError } from './errors.ts';
import type { RunInstruction } from './instruction.ts';
import { parseRun } from './run-command.ts';
import { parseMount } from './run-mount.ts';
import type { StageVariables } from './stage-variables.ts';
import { resolveFrom, type Stage, type StagePlan } from './stages.ts';

/** What a RUN depends on apart from variables. */
export interface RunContext {
  readonly stage: Stage;
  readonly plan: StagePlan;
  readonly workingDir: string;
  readonly user: string;
  readonly shell: readonly string[];
}

/**
 * Expands a RUN. The shell expands the command's variables, so it stays as written.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function planRun(instruction: RunInstruction, variables: StageVariables, context: RunContext): RunStep {
  const { line, text } = instruction;
  const { stage, plan, user, shell } = context;
  const { flags, command } = parseRun(instruction, variables.escape);
  const workdir = posix.resolve('/', context.workingDir);
  const network = flags.values.get('network') ?? 'default';
  if (network !== 'default' && network !== 'none' && network !== 'host')
    throw dockerfileInvalidError(line, `--network=${network} isn't one of default, none, host.`);
  const mounts = (flags.lists.get('mount') ?? []).map((mount) =>
    parseMount(variables.expand(mount, line), {
      line,
      workdir,
      resolveFrom: (name): RunMountSource | undefined => resolveFrom(name, line, stage, plan.stages, plan.contexts),
    }),
  );
  return {
    kind: 'run',
    line,
    text,
    command,
    shell,
    user,
    workdir,
    ...variables.environment,
    network,
    mounts,
    platform: defaultPlatform,
  };
}
