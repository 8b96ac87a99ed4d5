import { evaluate } from '../dockerfile/evaluate.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { StagePlan } from '../dockerfile/stages.ts';
import type { CopyStep } from '../dockerfile/step.ts';
import type { ContextSources } from '../layer/context-sources.ts';
import type { CopySource } from '../layer/copy-source.ts';
import type { BuildRequest } from '../builder.ts';

/** A COPY from the build context, as far as it's known without the base. */
export interface ContextCopy {
  readonly step: CopyStep;
  /** Undefined if they depend on variables that the base may set. */
  readonly sources: readonly CopySource[] | undefined;
  /** Whether all its files are in the image. Other stages may copy only some of them. */
  readonly isInImage: boolean;
}

/**
 * Finds the sources of every COPY from the build context that the target needs, without any request to a registry.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID, COPY_SOURCE_*, INSTRUCTION_UNSUPPORTED
 */
export async function findContextCopies(
  dockerfile: Dockerfile,
  plan: StagePlan,
  { buildArgs = {} }: Pick<BuildRequest, 'buildArgs'>,
  contextSources: ContextSources,
): Promise<ContextCopy[]> {
  const copies: ContextCopy[] = [];
  for (const [index, { traces }] of evaluate(dockerfile, plan, () => undefined, buildArgs)) {
    const isInImage = plan.chain.some((stage) => stage.index === index);
    for (const { step } of traces) {
      const from = step?.kind === 'copy' ? contextSources.sourcesOf(step.from) : undefined;
      if (step?.kind !== 'copy' || from === undefined) continue;
      const sources: CopySource[] = [];
      for (const pattern of step.sources ?? []) sources.push(...(await from.find(pattern, step)));
      copies.push({ step, sources: step.sources && sources, isInImage });
    }
  }
  return copies;
}
