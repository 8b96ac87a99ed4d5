import { readFile } from 'node:fs/promises';
import type { BuildRequest, BuiltImage, PreviousImage } from '../build/builder.ts';
import { checkContext } from '../build/direct/check-context.ts';
import { chooseBuilder } from '../build/choose.ts';
import { buildDirect } from '../build/direct/direct.ts';
import { previousImage } from '../build/compose/previous-image.ts';
import { RegistryPusherError } from '../image/errors.ts';
import { requireImage } from '../registry/pull/require-image.ts';
import type { ImageReference } from '../image/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { dockerCredentials } from '../registry/login/docker-credentials.ts';
import { readBuildSecrets } from './build-secrets.ts';
import type { PushLine } from './command-line.ts';
import type { Surroundings } from './surroundings.ts';

/** An image that is ready to push, and what its tag holds now. */
export interface Built {
  readonly builder: 'direct' | 'docker';
  readonly image: BuiltImage;
  readonly current?: PreviousImage;
}

/**
 * Builds a Dockerfile as the command line says. Bad input ends here, before anything is asked of a registry.
 * @throws RegistryPusherError as the builders do
 */
export async function build(
  line: PushLine,
  request: BuildRequest,
  registry: RegistryClient,
  surroundings: Surroundings,
): Promise<Built> {
  const builder = await choose(line, request, surroundings);
  return builder === 'direct'
    ? buildDirectly(line, request, registry, surroundings)
    : buildByDocker(line, request, registry, surroundings);
}

/** @throws RegistryPusherError DOCKERFILE_* */
async function choose({ builder }: PushLine, request: BuildRequest, { console }: Surroundings) {
  if (builder !== 'auto') return builder;
  const text = await readFile(request.dockerfile, 'utf8').catch(() => undefined);
  const choice = text === undefined ? { builder: 'direct' as const } : chooseBuilder(text, request);
  if (choice.builder === 'docker')
    for (const { line, instruction, reason } of choice.reasons)
      console.note(`docker builder, for Dockerfile line ${line}: ${instruction}: ${reason}`);
  return choice.builder;
}

/** The image that was pushed last and the base are read at the same time. */
async function buildDirectly(
  line: PushLine,
  request: BuildRequest,
  registry: RegistryClient,
  surroundings: Surroundings,
): Promise<Built> {
  const { signal } = surroundings;
  if (line.secrets.length > 0 || line.network !== undefined)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      '--secret and --network are for RUN, which needs --builder docker.',
    );
  const checked = await checkContext(request, { signal });
  const found = reused(line, registry, surroundings);
  const image = await buildDirect(request, {
    registry,
    previous: found.then(({ previous }) => previous),
    signal,
    checked,
    verifyReuse: line.verifyReuse,
    lock: line.pin ? 'write' : 'honour',
  });
  return { builder: 'direct', image, ...(await found).current };
}

async function buildByDocker(
  line: PushLine,
  request: BuildRequest,
  registry: RegistryClient,
  surroundings: Surroundings,
): Promise<Built> {
  const { signal, console, env } = surroundings;
  if (line.pin || line.verifyReuse)
    throw new RegistryPusherError('OPTIONS_INVALID', '--pin and --verify-reuse are for --builder direct alone.');
  const buildSecrets = await readBuildSecrets(line.secrets, env);
  const { buildWithDocker, requireEngine } = await import('../docker/builder/docker.ts');
  await requireEngine({}, signal);
  const { previous, current } = await reused(line, registry, surroundings);
  const image = await buildWithDocker(request, {
    signal,
    buildSecrets,
    registry,
    credentials: dockerCredentials({ env }),
    onLog: (text) => console.note(text),
    ...(previous === undefined ? {} : { previous }),
    ...(line.network === undefined ? {} : { network: line.network }),
  });
  return { builder: 'docker', image, ...current };
}

/** The image whose layers are used again: the one that is named, else what is there. */
async function reused(
  { target, reuseFrom, platform }: PushLine,
  registry: RegistryClient,
  { signal, console }: Surroundings,
): Promise<{ previous: PreviousImage | undefined; current?: Pick<Built, 'current'> }> {
  if (reuseFrom !== undefined) return { previous: await requireImage(registry, reuseFrom, { signal, platform }) };
  const onSkipped = (sentence: string) => console.note(sentence);
  const found = await previousImage(registry, target, { signal, platform, onSkipped });
  return { previous: found, ...(isAt(target, found) ? { current: { current: found } } : {}) };
}

function isAt(
  { tag }: ImageReference,
  found: Awaited<ReturnType<typeof previousImage>>,
): found is NonNullable<typeof found> {
  return found !== undefined && found.tag === tag;
}
