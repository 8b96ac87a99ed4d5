import { dockerfileInvalidError } from '../dockerfile/errors.ts';
import { evaluate, type Evaluation } from '../dockerfile/evaluate.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { StagePlan } from '../dockerfile/stages.ts';
import type { Digest } from '../../image/digest.ts';
import type { BuildRequest } from '../builder.ts';
import type { Images } from './images.ts';

const sourceDigestArg = 'SOURCE_DIGEST';
/** Replaces the digest until its inputs are known. */
export const placeholderDigest: Digest = `sha256:${'0'.repeat(64)}`;

/** Evaluates the stages with a value for `ARG SOURCE_DIGEST`. */
export function evaluateWith(
  digest: Digest,
  request: BuildRequest,
  dockerfile: Dockerfile,
  plan: StagePlan,
  images: Images,
): Map<number, Evaluation> {
  const buildArgs = { ...request.buildArgs, [sourceDigestArg]: digest };
  return evaluate(dockerfile, plan, (stage) => images.baseOf(stage)?.runConfig, buildArgs);
}

/**
 * Asserts that no layer depends on the digest.
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function assertSameSteps(before: ReadonlyMap<number, Evaluation>, after: ReadonlyMap<number, Evaluation>): void {
  for (const [stage, { traces }] of after)
    for (const [index, { step, line }] of traces.entries())
      if (JSON.stringify(step) !== JSON.stringify(before.get(stage)!.traces[index]!.step))
        throw dockerfileInvalidError(
          line,
          `${sourceDigestArg} is computed from the layers, so a layer can't depend on it. Use it only in ENV or LABEL.`,
        );
}

/** Returns whether one of the target's stages declares `ARG SOURCE_DIGEST`. */
export function declaresSourceDigest({ chain }: StagePlan): boolean {
  return chain.some(({ instructions }) =>
    instructions.some((each) => each.keyword === 'ARG' && each.args.some(({ name }) => name === sourceDigestArg)),
  );
}
