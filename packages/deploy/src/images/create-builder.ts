import { contextDigest, type RegistryClient, RegistryPusherError } from '@tozo/registry-pusher';
import type { DeployConfig } from '../config/schema.ts';
import type { Digest, ImageBuilder } from '../ports.ts';
import type { DeployRequest } from '../request.ts';
import { createDirectBuilder } from './direct-builder.ts';
import { createExecutingBuilder } from './executing-builder.ts';
import { createHandedOverBuilder } from './handed-over-builder.ts';
import { createDockerBuilder, type EngineAccess } from './docker-builder.ts';
import { buildPaths, prepareBuild } from './prepare-build.ts';

/**
 * Creates the builder of a prepared build. Prepares it if that wasn't done yet.
 * @throws RegistryPusherError
 */
export async function createBuilder(
  request: DeployRequest,
  registry: RegistryClient,
  engine: EngineAccess,
  signal?: AbortSignal,
): Promise<ImageBuilder> {
  const prepared = request.prepared ?? (await prepareBuild(request, signal));
  const { checked, handed, run } = prepared;
  if (handed) return createHandedOverBuilder(request, { ...prepared, handed }, registry);
  const docker = (outline = prepared.outline) =>
    createDockerBuilder(request, { request: prepared.request, outline }, registry, engine);
  if (checked === undefined) return docker();
  return run
    ? createExecutingBuilder(request, { ...prepared, checked, run }, registry, docker)
    : createDirectBuilder(request, { ...prepared, checked }, registry);
}

/**
 * Returns a digest of everything a project's image is built from: the Dockerfile and the files it copies. Needs no network.
 * @param directory where deploy.json is, absolute
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED where a deploy builds with Docker, and as `contextDigest`
 */
export async function contextDigestOf(directory: string, config: DeployConfig): Promise<Digest> {
  if (config.builder === 'docker' || config.buildNetwork !== undefined)
    throw new RegistryPusherError(
      'INSTRUCTION_UNSUPPORTED',
      'The deploy builds with Docker, which computes no digest.',
    );
  return contextDigest(buildPaths(directory, config));
}
