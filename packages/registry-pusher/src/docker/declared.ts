import type { Dockerfile } from '../dockerfile/parse.ts';
import { RegistryPusherError } from '../errors.ts';
import type { Instruction } from '../dockerfile/instruction.ts';

/** Whether any ARG of the Dockerfile has this name. */
export function declaresArg({ instructions }: Dockerfile, name: string): boolean {
  return instructions.some((each) => each.keyword === 'ARG' && each.args.some((arg) => arg.name === name));
}

/** The instructions that make the image: those after the FROM of the stage that is built. */
export function finalStage({ instructions }: Dockerfile, target: string | undefined): readonly Instruction[] {
  const froms = instructions.flatMap((each, index) => (each.keyword === 'FROM' ? [{ name: each.name, index }] : []));
  const named = froms.findIndex(
    ({ name }, at) => target !== undefined && (name === target.toLowerCase() || String(at) === target),
  );
  const at = named === -1 ? froms.length - 1 : named;
  return instructions.slice(froms[at]!.index + 1, froms[at + 1]?.index);
}

/**
 * Mounts that a build client would have to serve while the step runs.
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED
 */
export function refuseClientMounts({ instructions }: Dockerfile): void {
  for (const each of instructions) {
    const [, type] = (each.keyword === 'RUN' && /--mount=\S*\btype=(secret|ssh)\b/.exec(each.rest)) || [];
    if (type === undefined) continue;
    throw new RegistryPusherError(
      'INSTRUCTION_UNSUPPORTED',
      `Dockerfile line ${each.line}: RUN --mount=type=${type} needs a client that hands it over while the step runs, which ` +
        'this one does not. Fetch what needs it before the build and COPY it.',
    );
  }
}
