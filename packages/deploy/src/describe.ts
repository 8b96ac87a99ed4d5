import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildWithDocker,
  type BuildRequest,
  chooseBuilder,
  checkContext,
  type CheckedContext,
  contextDigest,
  type BuiltImage,
  buildDirect,
  type Digest,
  type DockerBuildOptions,
  formatImageReference,
  type Image,
  imageForProcess,
  type LockUse,
  type PreviousImage,
  type RegistryClient,
  requireEngine,
  RegistryPusherError,
} from '@tozo/registry-pusher';
import type { DeployConfig } from './config.ts';

/** What would be built, for every process type. With the docker builder the images are absent until they are built. */
export interface Described {
  readonly builder: 'direct' | 'docker';
  readonly reason: string;
  readonly warnings: readonly string[];
  readonly declaresSourceDigest: boolean;
  readonly sourceDigest?: Digest;
  readonly image?: {
    readonly base?: { readonly text: string; readonly standIn: boolean };
    readonly layers: BuiltImage['layers'];
  };
  readonly images?: Readonly<Record<string, Image>>;
  readonly imageIds?: Readonly<Record<string, Digest>>;
}

/** A build that can be done as far as this machine can tell. */
export interface PreparedBuild {
  readonly request: BuildRequest;
  readonly choice: BuilderChoice;
  /** What the direct builder read of the build context. */
  readonly checked?: CheckedContext;
}

export interface BuildOptions {
  readonly registry: RegistryClient;
  readonly previous?: PreviousImage;
  readonly signal?: AbortSignal;
}

export interface DescribeOptions extends Omit<BuildOptions, 'previous'> {
  readonly previous: Promise<PreviousImage | undefined>;
  readonly lock: LockUse;
  readonly verifyReuse: boolean;
}

export interface BuilderChoice {
  readonly builder: 'direct' | 'docker';
  readonly reason: string;
}

/**
 * A digest of what a project's image is made from: its Dockerfile and the files that it copies. Needs no network.
 * @param folder where deploy.json lies, absolute
 */
export async function contextDigestOf(folder: string, config: DeployConfig): Promise<Digest> {
  return contextDigest({ context: join(folder, config.context), dockerfile: join(folder, config.dockerfile) });
}

/**
 * Who builds: the one asked for, or, with `auto`, the direct builder wherever the Dockerfile allows it.
 * @throws RegistryPusherError DOCKERFILE_MISSING, DOCKERFILE_INVALID, INSTRUCTION_UNSUPPORTED
 */
export async function selectBuilder(request: BuildRequest, asked: DeployConfig['builder']): Promise<BuilderChoice> {
  const choice = chooseBuilder(await readDockerfile(request.dockerfile), request);
  if (asked === 'docker') return { builder: 'docker', reason: 'asked for' };
  if (choice.builder === 'direct') {
    return { builder: 'direct', reason: asked === 'direct' ? 'asked for' : 'the Dockerfile runs nothing' };
  }
  const reasons = choice.reasons.map(({ line, instruction, reason }) => `line ${line}: ${instruction}: ${reason}`);
  if (asked === 'auto') return { builder: 'docker', reason: reasons[0]! };
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `The direct builder cannot build ${request.dockerfile}:\n${reasons.map((line) => `  ${line}`).join('\n')}\nUse --builder docker, which needs a Docker Engine.`,
  );
}

/**
 * Chooses the builder and checks everything that can be checked on this machine: the Dockerfile, the files it copies and
 * their native code, or that a Docker Engine answers.
 * @throws RegistryPusherError
 */
export async function prepareBuild(
  request: BuildRequest,
  asked: DeployConfig['builder'],
  signal?: AbortSignal,
): Promise<PreparedBuild> {
  const choice = await selectBuilder(request, asked);
  if (choice.builder === 'direct') {
    return { request, choice, checked: await checkContext(request, signal ? { signal } : {}) };
  }
  await requireEngine({}, signal);
  return { request, choice };
}

/** Describes with the chosen builder, uploading nothing. */
export async function describe(
  config: DeployConfig,
  { request, choice, checked }: PreparedBuild,
  options: DescribeOptions,
): Promise<Described> {
  if (choice.builder === 'docker') {
    const warnings = notForDocker(options);
    const declaresSourceDigest = /^\s*ARG\s+SOURCE_DIGEST\b/im.test(await readDockerfile(request.dockerfile));
    return { ...choice, warnings, declaresSourceDigest };
  }
  return described(config, choice, await buildDirect(request, { ...options, ...(checked ? { checked } : {}) }));
}

/** What was asked for and the Docker builder does not do. */
function notForDocker({ lock, verifyReuse }: DescribeOptions): string[] {
  return [
    ...(lock === 'write' ? ['Nothing is pinned: the Docker builder obeys a lock file and writes none.'] : []),
    ...(verifyReuse ? ['The Docker builder makes every layer anew: there is no reuse to verify.'] : []),
  ];
}

/** Builds with a Docker Engine what could not be described. Close it once the images are pushed. */
export async function buildDescribed(
  config: DeployConfig,
  { request, choice }: PreparedBuild,
  options: BuildOptions & Pick<DockerBuildOptions, 'buildSecrets' | 'cacheFrom' | 'credentials' | 'lock' | 'onLog'>,
): Promise<{ described: Described; close(): Promise<void> }> {
  const built = await buildWithDocker(request, {
    ...options,
    ...(config.buildNetwork ? { network: config.buildNetwork } : {}),
  });
  return { described: described(config, choice, built), close: () => built.close() };
}

function described(config: DeployConfig, choice: BuilderChoice, image: BuiltImage): Described {
  const images = Object.fromEntries(
    Object.entries(config.processes).map(([type, process]) => [type, imageForProcess(image.image, process?.command)]),
  );
  return {
    ...choice,
    warnings: image.warnings,
    declaresSourceDigest: image.declaresSourceDigest,
    sourceDigest: image.sourceDigest,
    image: {
      ...(image.base
        ? { base: { text: formatImageReference(image.base.reference), standIn: image.base.standIn } }
        : {}),
      layers: image.layers,
    },
    images,
    imageIds: Object.fromEntries(Object.entries(images).map(([type, { imageId }]) => [type, imageId])),
  };
}

async function readDockerfile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new RegistryPusherError(
      'DOCKERFILE_MISSING',
      `There is no Dockerfile at ${file}. It is the only description of the image: write one (FROM node:20-slim, COPY, CMD), or name it as "dockerfile" in deploy.json.`,
      { cause },
    );
  }
}
