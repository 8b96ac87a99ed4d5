import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildRequest, BuiltImage } from '../../build/builder.ts';
import { BuildContext } from '../../build/context/build-context.ts';
import { warnAboutExcluded } from '../../build/context/sensitive-files.ts';
import { declaresArg, undeclaredArgWarnings } from '../../build/dockerfile/arguments.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { assertEpoch } from '../../build/epoch.ts';
import { settlePrevious } from '../../build/previous-image.ts';
import { warnAboutLayerCount } from '../../build/layer-count.ts';
import { abortError } from '../../build/layer/abort-error.ts';
import { searchableSecrets, warnAboutShortSecrets } from '../../files/build-secrets.ts';
import { valueOf } from '../../files/secrets.ts';
import { combineDigests } from '../../build/layer/source-digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { readDockerfile } from '../../build/read-dockerfile.ts';
import { checkMounts } from '../session/secret-mounts.ts';
import { applyLock } from './apply-lock.ts';
import { assembleImage } from './assemble-image.ts';
import { buildInEngine } from './build-in-engine.ts';
import type { DockerBuildOptions } from './docker-build-options.ts';
import { readEngineContext } from './engine-context.ts';

/**
 * Builds any Dockerfile with a Docker Engine and exports the image from it. Files of the context have the same modes and times
 * on every machine. Passes CI_COMMIT_SHA and SOURCE_DIGEST as build args if the Dockerfile declares them.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE, ENGINE_BUILD_FAILED, DOCKERFILE_*, INSTRUCTION_UNSUPPORTED,
 * CONTEXT_INVALID, FILE_*, PLATFORM_MISSING, MEDIA_TYPE_REFUSED, DISK_FULL, ABORTED
 */
export async function buildWithDocker(input: BuildRequest, options: DockerBuildOptions = {}): Promise<BuiltImage> {
  const { signal, buildSecrets = {} } = options;
  // A build that fails early never awaits it.
  void Promise.resolve(options.previous).catch(() => undefined);
  const { target } = input;
  if (Object.keys(input.buildContexts ?? {}).length > 0)
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      "A Docker Engine can't replace stages by build contexts: use the direct builder.",
    );
  const { sourceDateEpoch: epoch } = input;
  assertEpoch(epoch);
  const { text, dockerfile } = await readDockerfile(input.dockerfile);
  const mountWarnings = checkMounts(dockerfile, buildSecrets);
  const searchFor = searchableSecrets(buildSecrets);
  const secrets = [...(input.secrets ?? []), ...searchFor];
  const request = { ...input, secrets };
  const context = await BuildContext.open(request.context, request.dockerfile);
  const plainArgs = withRevision(dockerfile, request);

  const directory = await mkdtemp(join(tmpdir(), 'registry-pusher-docker-'));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    const { lock, registry } = options;
    const lockOptions = { request, directory, lock, buildArgs: plainArgs, registry, signal };
    const locked = await applyLock({ text, dockerfile }, lockOptions);
    const engineContext = await readEngineContext(context, locked.file, epoch, { secrets, signal });
    const sourceDigest = combineDigests([engineContext.digest, sortByName(plainArgs), target ?? '']);
    const declaresSourceDigest = declaresArg(dockerfile, 'SOURCE_DIGEST');
    const buildArgs = declaresSourceDigest ? { ...plainArgs, SOURCE_DIGEST: sourceDigest } : plainArgs;
    const { pushed: previous, warnings: skipped } = await settlePrevious(options);
    const build = {
      dockerfile: locked.dockerfile,
      context: engineContext,
      buildArgs,
      target,
      secrets: [...(input.secrets ?? []).map(valueOf), ...Object.values(buildSecrets)],
      searchFor,
      previous,
    };
    const exported = await buildInEngine(directory, build, options);
    const { image, layers } = await assembleImage(exported, {
      dockerfile,
      request,
      sourceDigest,
      buildSecrets: searchFor,
      target,
      previous,
    });
    const warnings = [
      ...skipped,
      ...dockerfile.warnings,
      ...mountWarnings,
      ...warnAboutShortSecrets(buildSecrets),
      ...warnAboutExcluded(context.sensitiveExcluded),
      ...(await locked.warnings),
      ...undeclaredArgWarnings(dockerfile, request.buildArgs ?? {}),
      ...warnAboutLayerCount(image.layers),
    ];
    return { image, layers, sourceDigest, declaresSourceDigest, warnings, close };
  } catch (error) {
    await close();
    throw signal?.aborted ? abortError(signal) : error;
  }
}

function withRevision(dockerfile: Dockerfile, { buildArgs = {}, revision }: BuildRequest): Record<string, string> {
  if (revision === undefined || !declaresArg(dockerfile, 'CI_COMMIT_SHA')) return { ...buildArgs };
  return { CI_COMMIT_SHA: revision, ...buildArgs };
}

function sortByName(args: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
}
