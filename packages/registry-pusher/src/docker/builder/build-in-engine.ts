import { randomBytes } from 'node:crypto';
import type { PreviousImage } from '../../build/builder.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { abortError } from '../../build/layer/abort-error.ts';
import type { SecretValue } from '../../files/secrets.ts';
import { formatImageReference } from '../../image/reference.ts';
import { connectEngine } from '../engine/connect-engine.ts';
import type { Engine } from '../engine/engine.ts';
import { explainEngineError } from '../engine/errors.ts';
import { exportImage, type ExportOptions } from '../export/export-image.ts';
import type { ExportedImage } from '../export/exported-image.ts';
import { findKnownLayers } from '../export/known-layers.ts';
import type { DockerBuildOptions } from './docker-build-options.ts';
import type { EngineContext } from './engine-context.ts';
import { runBuild } from './run-build.ts';
import { Transcript } from './transcript.ts';

/** A build whose context has been read. */
export interface PreparedBuild {
  readonly dockerfile: Dockerfile;
  readonly context: EngineContext;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target: string | undefined;
  /** Values to redact from the output. */
  readonly secrets: readonly string[];
  /** Values to search for in the layers' files. */
  readonly searchFor: readonly SecretValue[];
  readonly previous: PreviousImage | undefined;
}

/**
 * Builds an image in an engine and exports it. Uses a temporary tag and doesn't change other tags.
 * @param directory an empty directory for the image's layers
 */
export async function buildInEngine(
  directory: string,
  { dockerfile, context, buildArgs, target, secrets, searchFor, previous }: PreparedBuild,
  options: DockerBuildOptions,
): Promise<ExportedImage> {
  const { signal, onLog, network, buildSecrets = {}, cacheFrom, registry } = options;
  if (signal?.aborted) throw abortError(signal);
  const engine = await connectEngine(options, signal);
  const tag = `registry-pusher-build:${randomBytes(8).toString('hex')}`;
  const { credentials = async () => undefined, engineBuilder = 'auto' } = options;
  const cacheOptions = cacheFrom && {
    buildArgs: { BUILDKIT_INLINE_CACHE: '1', ...buildArgs },
    cacheFrom: cacheFrom.map(formatImageReference),
  };
  const engineOptions = { tag, dockerfile: context.dockerfile, buildArgs, target, network, ...cacheOptions };
  const transcript = new Transcript({ onLog, dockerfile, secrets });
  try {
    await runBuild(
      engine,
      {
        dockerfile,
        context,
        options: engineOptions,
        secrets: buildSecrets,
        credentials,
        engineBuilder,
      },
      transcript,
    );
    return await exportAndUntag(engine, tag, {
      directory,
      findKnownLayers: (diffIds) =>
        findKnownLayers(diffIds, { previous, dockerfile, target, buildArgs, registry, signal }),
      secrets: searchFor,
      note: (line) => transcript.note(line),
      signal,
    });
  } finally {
    engine.close();
  }
}

async function exportAndUntag(engine: Engine, tag: string, options: ExportOptions): Promise<ExportedImage> {
  try {
    return await exportImage(engine, tag, options);
  } catch (error) {
    throw explainEngineError(engine.address, 'export the image', error);
  } finally {
    await engine.untag(tag).catch(() => undefined);
  }
}
