import type { BuildRequest, BuiltImage, PreviousImage } from '../build/builder.ts';
import { checkContext } from '../build/direct/check-context.ts';
import { chooseBuilder } from '../build/choose.ts';
import { buildDirect } from '../build/direct/build-direct.ts';
import { readTextFile } from '../files/read-text-file.ts';
import { findPreviousImage, type FoundImages } from '../build/previous-image.ts';
import { instructionUnsupportedError } from '../build/dockerfile/errors.ts';
import { probeExecutor } from '../run/execute/probe.ts';
import type { FoundExecutor } from '../run/executor.ts';
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
  const choice = await chooseFor(args, request, context);
  return choice.builder === 'direct'
    ? withDirect(args, request, registry, context, choice.executor)
    : withDocker(args, request, registry, context);
}

type Choice =
  { readonly builder: 'direct'; readonly executor: FoundExecutor | undefined } | { readonly builder: 'docker' };

/**
 * Chooses the direct builder if it can carry out every instruction here: RUN, too, where an executor is found.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED
 */
async function chooseFor({ builder }: PushArgs, request: BuildRequest, { console }: CommandContext): Promise<Choice> {
  if (builder === 'docker') return { builder };
  const text = await readTextFile(request.dockerfile).catch(() => undefined);
  if (text === undefined || chooseBuilder(text, request).builder === 'direct')
    return { builder: 'direct', executor: undefined };
  const probed = await probeExecutor();
  const choice = chooseBuilder(text, {
    ...request,
    ...(probed.executor ? { canRun: true } : { whyNoRun: probed.reason }),
  });
  if (choice.builder === 'direct') {
    console.note(`executing RUN ${probed.executor!.description}`);
    return { builder: 'direct', executor: probed.executor };
  }
  if (builder === 'direct') throw instructionUnsupportedError(choice.reasons);
  for (const { line, instruction, reason } of choice.reasons)
    console.note(`using the docker builder because of Dockerfile line ${line}: ${instruction}: ${reason}`);
  return { builder: 'docker' };
}

/** Reads the previous image and the base concurrently. */
async function withDirect(
  args: PushArgs,
  request: BuildRequest,
  registry: RegistryClient,
  context: CommandContext,
  executor: FoundExecutor | undefined,
): Promise<BuildOutcome> {
  const { signal, console } = context;
  if (args.network !== undefined)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      '--network applies to Docker: add --builder docker, or write RUN --network=none.',
    );
  if (args.secrets.length > 0 && executor === undefined)
    throw new RegistryPusherError('OPTIONS_INVALID', '--secret applies to RUN, and the Dockerfile has none.');
  const secrets = await readBuildSecrets(args.secrets, context.env);
  const checked = await checkContext(request, { signal, canRun: executor !== undefined });
  const images = findImages(args, registry, context);
  const built = await buildDirect(request, {
    registry,
    previous: images.then(({ previous }) => previous),
    signal,
    checked,
    verifyReuse: args.verifyReuse,
    ...(executor === undefined
      ? {}
      : { run: { executor, secrets, timeout: args.runTimeout, onLine: (line) => console.note(line) } }),
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
