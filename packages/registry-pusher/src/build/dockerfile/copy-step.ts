import { posix } from 'node:path';
import { dockerfileInvalidError } from './errors.ts';
import type { CopyInstruction } from './instruction.ts';
import type { StageVariables } from './stage-variables.ts';
import { resolveCopyFrom, type Stage, type StagePlan } from './stages.ts';
import type { CopyStep } from './step.ts';

/**
 * Expands a COPY or ADD.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function planCopy(
  instruction: CopyInstruction,
  variables: StageVariables,
  { stage, plan, workingDir }: { readonly stage: Stage; readonly plan: StagePlan; readonly workingDir: string },
): CopyStep {
  const { keyword, line, flags, destination, excludes } = instruction;
  const expand = (word = '') => variables.expandIfKnown(word, line) ?? '';
  const chmod = expand(flags.get('chmod'));
  if (!/^[0-7]*$/.test(chmod) || Number.parseInt(chmod || '0', 8) > 0o7777)
    throw dockerfileInvalidError(line, `--chmod=${chmod} must be an octal number from 0 to 7777.`);
  const from = resolveCopyFrom(instruction, stage, plan.stages, plan.contexts);
  const sources = instruction.sources.map((source) => variables.expandIfKnown(source, line));
  return {
    kind: 'copy',
    line,
    ...(from === undefined ? {} : { from }),
    sources: sources.every((source) => source !== undefined) ? sources : undefined,
    destination: resolveDestination(workingDir, expand(destination)),
    owner: expand(flags.get('chown')),
    ...(chmod === '' ? {} : { mode: Number.parseInt(chmod, 8) }),
    excludes,
    unpacks: keyword === 'ADD',
    link: flags.has('link'),
  };
}

/** Returns an absolute path. A trailing slash or `/.` marks a directory and becomes a trailing slash. */
function resolveDestination(workingDir: string, path: string): string {
  const isDirectory = path === '' || path === '.' || /\/\.?$/.test(path);
  const absolute = posix.resolve('/', workingDir, path);
  return isDirectory && absolute !== '/' ? `${absolute}/` : absolute;
}
