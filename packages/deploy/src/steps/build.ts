import type { BuilderChoice, Described } from '../describe.ts';
import { buildDescribed, buildRequest, describe, selectBuilder } from '../describe.ts';
import { count } from '../format.ts';
import type { PreviousImages } from '../previous-images.ts';
import type { Run } from '../run.ts';
import type { Services } from '../services.ts';

/** Describes what would be built. With the direct builder that is the build: what is left is to send it. */
export async function describeStep(
  run: Run,
  { registry }: Services,
  previous: PreviousImages,
): Promise<{ choice: BuilderChoice; described: Described }> {
  const { config, folder, values, revision, builder } = run.request;
  const build = buildRequest(folder, config, values, revision);
  const choice = await selectBuilder(build, builder);
  const describing = () => describe(config, build, choice, { registry, ...previous.reusable, ...run.options });
  const described = choice.builder === 'docker' ? await describing() : await run.step('build', describing, summary);
  return { choice, described };
}

/** Builds with a Docker Engine what could only be described in part. */
export async function buildStep(
  run: Run,
  { registry }: Services,
  previous: PreviousImages,
  choice: BuilderChoice,
): ReturnType<typeof buildDescribed> {
  const { config, folder, values, revision } = run.request;
  const build = buildRequest(folder, config, values, revision);
  const onLog = (line: string): void => run.emit({ type: 'build-output', line });
  return run.step(
    'build',
    () => buildDescribed(config, build, choice, { registry, ...previous.reusable, ...run.options, onLog }),
    ({ described }) => summary(described),
  );
}

function summary({ builder, image }: Described): string {
  const base = image?.base?.standIn ? ', stand-in base' : '';
  return `${builder}, ${count(image?.layers.length ?? 0, 'layer')}${base}`;
}
