import { expandWord } from '../dockerfile/expand.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { attempt } from '../dockerfile/arguments.ts';
import type { BuildContext } from './build-context.ts';
import { findSources } from './sources.ts';

/**
 * Looks for the sources of every COPY before anything is asked of a registry. Those that hold variables wait: the base may
 * set them. @throws RegistryPusherError COPY_SOURCE_MISSING, COPY_SOURCE_OUTSIDE
 */
export async function requireSources({ instructions, escape }: Dockerfile, context: BuildContext): Promise<void> {
  for (const instruction of instructions) {
    if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
    const { line } = instruction;
    for (const source of instruction.sources.filter((each) => !each.includes('$')))
      await findSources(
        context,
        attempt(line, () => expandWord(source, () => undefined, escape)),
        line,
      );
  }
}
