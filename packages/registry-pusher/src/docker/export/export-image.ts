import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { SecretValue } from '../../files/secrets.ts';
import { formatImageReference, type ImageReference } from '../../image/reference.ts';
import { openLoopbackRegistry } from '../loopback/loopback-registry.ts';
import { failureIn, readMessages } from '../engine/messages.ts';
import type { Engine } from '../engine/engine.ts';
import { explainDiskError } from './disk-error.ts';
import { type ExportedImage, platformError } from './exported-image.ts';
import { extractArchive } from './extract-archive.ts';
import type { KnownLayers } from './known-layers.ts';
import { readPushedImage } from './pushed-image.ts';
import { readSavedImage } from './saved-image.ts';

export interface ExportOptions {
  /** An empty directory for the layers that only this user can read. */
  readonly directory: string;
  /** Finds the layers that registries already have. */
  readonly findKnownLayers: (diffIds: readonly string[]) => Promise<KnownLayers>;
  /** Values to search for in the layers' files. */
  readonly secrets: readonly SecretValue[];
  /** Called with lines for the build log. */
  readonly note: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Exports an image from an engine: by a push to a registry in this process, or by `docker save` if the engine can't reach it.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, PLATFORM_MISSING, DISK_FULL
 */
export async function exportImage(engine: Engine, image: string, options: ExportOptions): Promise<ExportedImage> {
  const { os, architecture, size, diffIds } = await engine.inspect(image);
  if (os !== 'linux' || architecture !== 'amd64') throw platformError([{ os, architecture }]);
  const pushed = await exportByPush(engine, image, { size, diffIds }, options);
  if (typeof pushed !== 'string') return pushed;
  options.note(`${pushed}: saving the whole image instead, which takes longer.`);
  const directory = join(options.directory, 'saved');
  await mkdir(directory);
  await extractArchive(await engine.save(image), directory);
  return readSavedImage(directory);
}

/** @returns the image, or the reason why the engine can't push it */
async function exportByPush(
  engine: Engine,
  image: string,
  { size, diffIds }: { readonly size: number; readonly diffIds: readonly string[] },
  { directory, findKnownLayers, secrets, note, signal }: ExportOptions,
): Promise<ExportedImage | string> {
  if (!engine.isLocal) return 'The Docker Engine is on another machine';
  const known = await findKnownLayers(diffIds);
  const stop = new AbortController();
  const options = { directory, known: known.sizes, secrets, maxBytes: maxBytesFor(size) };
  const registry = await openLoopbackRegistry(options, () => stop.abort());
  try {
    // Receiving the login proves that the engine's loopback interface is ours. Only then the engine pushes the image.
    await engine.probeRegistry(registry.image, registry.login);
    if (!registry.wasReached()) return "The Docker Engine can't reach 127.0.0.1 on this machine";
    const output = await engine.push(image, registry.image, registry.login);
    stop.signal.addEventListener('abort', () => output.destroy());
    for await (const message of readMessages(output)) {
      const failure = failureIn(message);
      if (failure !== undefined)
        throw new RegistryPusherError('ENGINE_BUILD_FAILED', `Docker failed to push the image: ${failure}.`);
    }
    const exported = await readPushedImage(registry, known, signal);
    note(summarize(exported, registry.sentBytes()));
    return exported;
  } catch (error) {
    const failure = registry.failure();
    throw failure === undefined ? error : explainDiskError(directory, failure);
  } finally {
    await registry.close();
    await forgetDestination(engine, image, registry.image);
  }
}

/** After a push an engine knows the image by the destination's tag and, in RepoDigests, by its digest. */
async function forgetDestination(engine: Engine, image: string, target: ImageReference): Promise<void> {
  const name = `${target.registry}/${target.repository}`;
  const { names } = await engine.inspect(image).catch(() => ({ names: [] }));
  for (const each of new Set([formatImageReference(target), ...names.filter((known) => known.startsWith(name))]))
    await engine.untag(each).catch(() => undefined);
}

function summarize({ layers }: ExportedImage, bytes: number): string {
  const sent = layers.filter(({ scan }) => scan !== undefined).length;
  return `Exported ${sent} of ${layers.length} layers from the engine (${(bytes / 1e6).toFixed(1)} MB).`;
}

/** Compressed layers are rarely larger than the files; small images also have manifests and configs. */
function maxBytesFor(size: number): number {
  return 2 * size + 64 * 1024 * 1024;
}
