import { DeployError } from '../errors.ts';
import { isBuilt } from '../plan/plan-deploy.ts';
import type { BuildOutline, BuiltImages, ImageBuilder } from '../ports.ts';
import { count } from '../report/format.ts';
import type { Run } from '../report/run.ts';
import type { Services } from '../services.ts';

const whatToDo = 'Rerun the pipeline, starting with the build job.';
const otherwise =
  'If it stays so, a file of the image is neither committed nor an output of a target that lint-test runs (declare it in "outputs"), or it comes from Git LFS (the image of the job needs git-lfs) or a submodule (set GIT_SUBMODULE_STRATEGY).';

/**
 * Checks locally that the project can be built, before any request.
 * @throws RegistryPusherError; DeployError ARTIFACT_CHANGED
 */
export async function prepareBuilder({ request, signal }: Run, { images }: Services): Promise<ImageBuilder> {
  const builder = await images.createBuilder(request, signal);
  const { directory, contextDigest: expected, handed } = request;
  // Nothing here becomes a part of an image that was handed over by its digest.
  if (handed !== undefined) return builder;
  const found = expected && (await builder.contextDigest());
  if (found === expected) return builder;
  const difference = found
    ? `differ from the build job's: expected ${expected}, found ${found}. ${whatToDo} ${otherwise}`
    : `can't be compared with the build job's ${expected}: the Docker builder computes no digest. ${whatToDo}`;
  throw new DeployError('ARTIFACT_CHANGED', `The files in ${directory} ${difference}`);
}

export function logTo({ emit }: Run): (line: string) => void {
  return (line) => emit({ type: 'build-output', line });
}

/** Waits for a build, which may have started earlier, or for the images of an earlier deploy. */
export async function buildStep<Build extends BuiltImages | BuildOutline>(
  run: Run,
  { outline }: ImageBuilder,
  build: () => Promise<Build>,
): Promise<Build> {
  return run.step(outline.imagesFrom ? 'images' : 'build', build, summary);
}

function summary(build: BuiltImages | BuildOutline): string {
  const { builder, reason, imagesFrom } = build;
  if (!isBuilt(build)) return `${builder}, to be continued: ${reason}`;
  const { layers, base } = build;
  if (imagesFrom) return `${reason}${imagesFrom.commit ? `, commit ${imagesFrom.commit.slice(0, 12)}` : ''}`;
  const standIn = base?.standIn ? ', stand-in base' : '';
  return `${builder}, ${count(layers.length, 'layer')}${standIn}`;
}
