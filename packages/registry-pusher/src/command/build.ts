import type { BuildRequest, BuiltImage, PreviousImage } from '../build/builder.ts';
import { checkContext } from '../build/direct/check-context.ts';
import { chooseBuilder } from '../build/choose.ts';
import { buildDirect } from '../build/direct/build-direct.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { findPreviousImage, type FoundImages } from '../build/previous-image.ts';
import { RegistryPusherError } from '../image/errors.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import { dockerCredentials } from '../registry/login/docker-credentials.ts';
import { readBuildSecrets } from './build-secrets.ts';
import type { CommandContext } from './command-context.ts';
import type { PushArgs } from './push-args.ts';

/** What to push. */
export interface BuildOutcome {
  readonly builder: 'direct' | 'docker';
  readonly built: BuiltImage;
  /** The image that the target tag refers to now. */
  readonly current?: PreviousImage;
}

/**
 * Builds a Dockerfile. Rejects bad input before the first request to a registry.
 * @throws RegistryPusherError as the builders do
 */
export async function build(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
): Promise<BuildOutcome> {
  const builder = await chooseFor(args, request, context);
  return builder === 'direct'
    ? withDirect(args, request, registry, context)
    : withDocker(args, request, registry, context);
}

/** @throws RegistryPusherError DOCKERFILE_* */
async function chooseFor({ builder }: PushArgs, request: BuildRequest, { console }: CommandContext) {
  if (builder !== 'auto') return builder;
  const text = await readTextFile(request.dockerfile).catch(() => undefined);
  const choice = text === undefined ? { builder: 'direct' as const } : chooseBuilder(text, request);
  if (choice.builder === 'docker')
    for (const { line, instruction, reason } of choice.reasons)
      console.note(`using the docker builder because of Dockerfile line ${line}: ${instruction}: ${reason}`);
  return choice.builder;
}

/** Reads the previous image and the base concurrently. */
async function withDirect(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
): Promise<BuildOutcome> {
  const { signal } = context;
  if (args.secrets.length > 0 || args.network !== undefined)
    throw new RegistryPusherError('OPTIONS_INVALID', '--secret and --network apply to RUN: add --builder docker.');
  const checked = await checkContext(request, { signal });
  const images = findImages(args, registry, context);
  const built = await buildDirect(request, {
    registry,
    previous: images.then(({ previous }) => previous),
    signal,
    checked,
    verifyReuse: args.verifyReuse,
    pushTo: args.target.registry,
    lock: args.pin ? 'write' : 'use',
  });
  const { current } = await images;
  return { builder: 'direct', built, ...(current === undefined ? {} : { current }) };
}

async function withDocker(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
): Promise<BuildOutcome> {
  const { signal, console, env } = context;
  if (args.buildContexts.length > 0)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      '--build-context requires --builder direct, which runs nothing: an engine has no such contexts.',
    );
  if (args.pin || args.verifyReuse)
    throw new RegistryPusherError('OPTIONS_INVALID', '--pin and --verify-reuse require --builder direct.');
  const buildSecrets = await readBuildSecrets(args.secrets, env);
  const { buildWithDocker } = await import('../docker/builder/build-with-docker.ts');
  const { assertEngineAvailable } = await import('../docker/engine/connect-engine.ts');
  await assertEngineAvailable({}, signal);
  const { previous, current } = await findImages(args, registry, context);
  const built = await buildWithDocker(request, {
    signal,
    buildSecrets,
    registry,
    credentials: dockerCredentials({ env }),
    onLog: (text) => console.note(text),
    ...(previous === undefined ? {} : { previous }),
    ...(args.network === undefined ? {} : { network: args.network }),
  });
  return { builder: 'docker', built, ...(current === undefined ? {} : { current }) };
}

async function findImages(
  { target, reuseFrom, platform }: PushArgs,
  registry: RegistryClient,
  { signal, console }: CommandContext,
): Promise<FoundImages> {
  const onSkipped = (reason: string) => console.note(reason);
  return findPreviousImage(registry, target, { signal, platform, reuseFrom, onSkipped });
}
