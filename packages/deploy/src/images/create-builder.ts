import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuildRequest,
  chooseBuilder,
  contextDigest,
  type RegistryClient,
  RegistryPusherError,
} from '@tozo/registry-pusher';
import type { DeployConfig } from '../config/schema.ts';
import type { BuildOutline, Digest, ImageBuilder } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { createDirectBuilder } from './direct-builder.ts';
import { createDockerBuilder, type EngineAccess } from './docker-builder.ts';

/**
 * Creates the requested builder, or, with `auto`, the direct one if it supports the Dockerfile. Checks everything that can be
 * checked on this machine.
 * @throws RegistryPusherError
 */
export async function createBuilder(
  request: DeployRequest,
  registry: RegistryClient,
  engine: EngineAccess,
  signal?: AbortSignal,
): Promise<ImageBuilder> {
  const build = buildRequest(request);
  const dockerfile = await readDockerfile(build.dockerfile);
  const outline = outlineOf(dockerfile, build, request.builder);
  return outline.builder === 'direct'
    ? createDirectBuilder(request, build, outline, registry, signal)
    : createDockerBuilder(request, build, outline, registry, engine, signal);
}

/**
 * Returns a digest of everything a project's image is built from: the Dockerfile and the files it copies. Needs no network.
 * @param directory where deploy.json is, absolute
 */
export async function contextDigestOf(directory: string, config: DeployConfig): Promise<Digest> {
  return contextDigest(pathsOf(directory, config));
}

function pathsOf(
  directory: string,
  { context, dockerfile }: DeployConfig,
): Pick<BuildRequest, 'context' | 'dockerfile'> {
  return { context: join(directory, context), dockerfile: join(directory, dockerfile) };
}

function buildRequest({ directory, config, values, revision, again, cacheDirectory }: DeployRequest): BuildRequest {
  return {
    ...pathsOf(directory, config),
    buildArgs: values.buildArgs,
    secrets: values.secrets.map((secret) => secret.reveal()),
    ...(revision ? { revision } : {}),
    ...(again ? { again } : {}),
    ...(cacheDirectory ? { cacheDirectory } : {}),
  };
}

function outlineOf(dockerfile: string, build: BuildRequest, requested: DeployConfig['builder']): BuildOutline {
  const declaresSourceDigest = /^\s*ARG\s+SOURCE_DIGEST\b/im.test(dockerfile);
  return { ...selectBuilder(dockerfile, build, requested), warnings: [], declaresSourceDigest };
}

function selectBuilder(
  dockerfile: string,
  build: BuildRequest,
  requested: DeployConfig['builder'],
): Pick<BuildOutline, 'builder' | 'reason'> {
  const choice = chooseBuilder(dockerfile, build);
  if (requested === 'docker') return { builder: 'docker', reason: 'requested' };
  if (choice.builder === 'direct') {
    return { builder: 'direct', reason: requested === 'direct' ? 'requested' : 'the Dockerfile runs nothing' };
  }
  const reasons = choice.reasons.map(({ line, instruction, reason }) => `line ${line}: ${instruction}: ${reason}`);
  if (requested === 'auto') return { builder: 'docker', reason: reasons[0]! };
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `The direct builder can't build ${build.dockerfile}:\n${reasons.map((line) => `  ${line}`).join('\n')}\nUse --builder docker, which needs a Docker Engine.`,
  );
}

async function readDockerfile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new RegistryPusherError(
      'DOCKERFILE_MISSING',
      `There's no Dockerfile at ${file}. tozo builds images only from a Dockerfile: create one (FROM node:20-slim, COPY, CMD), or set "dockerfile" in deploy.json to its path.`,
      { cause },
    );
  }
}
