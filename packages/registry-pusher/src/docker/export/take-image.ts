import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import { formatImageReference } from '../../image/reference.ts';
import { openLoopbackRegistry } from '../loopback/loopback-registry.ts';
import { diskFull } from '../engine/disk-full.ts';
import { failureIn, messagesOf } from '../engine/engine-messages.ts';
import type { Engine } from '../engine/engine.ts';
import type { KnownLayers } from './known-layers.ts';
import { readPushedImage } from './pushed-image.ts';
import { readSavedImage } from './saved-image.ts';
import { otherPlatform, type TakenImage } from './taken-image.ts';
import { unpack } from './unpack.ts';

export interface TakeOptions {
  /** Where its layers lie afterwards; empty, and for this user alone. */
  readonly folder: string;
  /** What registries hold of these layers. */
  readonly known: (diffIds: readonly string[]) => Promise<KnownLayers>;
  /** Looked for in the files of layers. */
  readonly secrets: readonly string[];
  /** Called with what the user should know of how it is done. */
  readonly note: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Takes an image out of an engine: pushed to a registry in this process, or saved whole where the engine cannot reach it.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, PLATFORM_MISSING, DISK_FULL
 */
export async function takeImage(engine: Engine, image: string, options: TakeOptions): Promise<TakenImage> {
  const { os, architecture, size, diffIds } = await engine.inspect(image);
  if (os !== 'linux' || architecture !== 'amd64') throw otherPlatform([{ os, architecture }]);
  const pushed = await takeByPush(engine, image, { size, diffIds }, options);
  if (typeof pushed !== 'string') return pushed;
  options.note(`${pushed}: the image is saved whole instead, which takes longer.`);
  const folder = join(options.folder, 'saved');
  await mkdir(folder);
  await unpack(await engine.save(image), folder);
  return readSavedImage(folder);
}

/** @returns why it cannot be done, as a sentence without its end */
async function takeByPush(
  engine: Engine,
  image: string,
  { size, diffIds }: { readonly size: number; readonly diffIds: readonly string[] },
  { folder, known, secrets, note, signal }: TakeOptions,
): Promise<TakenImage | string> {
  if (!engine.isHere) return 'The Docker Engine is on another machine';
  const layers = await known(diffIds);
  const stop = new AbortController();
  const options = { folder, known: layers.sizes, secrets, room: roomFor(size) };
  const registry = await openLoopbackRegistry(options, () => stop.abort());
  try {
    // Who listens at this port where the engine runs is known by the login that came back; only then the image is sent there.
    await engine.askRegistry(registry.image, registry.login);
    if (!registry.wasReached()) return 'The Docker Engine cannot reach 127.0.0.1 of this machine';
    const output = await engine.push(image, registry.image, registry.login);
    stop.signal.addEventListener('abort', () => output.destroy());
    for await (const message of messagesOf(output)) {
      const failure = failureIn(message);
      if (failure !== undefined)
        throw new RegistryPusherError('ENGINE_BUILD_FAILED', `Docker cannot hand over the image: ${failure}.`);
    }
    const taken = await readPushedImage(registry, layers, signal);
    note(howMuch(taken, registry.sentBytes()));
    return taken;
  } catch (error) {
    const failure = registry.failure();
    throw failure === undefined ? error : diskFull(folder, failure);
  } finally {
    await registry.close();
    await engine.untag(formatImageReference(registry.image)).catch(() => undefined);
  }
}

function howMuch({ layers }: TakenImage, bytes: number): string {
  const sent = layers.filter(({ lookThrough }) => lookThrough !== undefined).length;
  return `${sent} of ${layers.length} layers left the engine (${(bytes / 1e6).toFixed(1)} MB).`;
}

/** Packed, an image is hardly ever larger than its files; small ones have manifests and configs beside them. */
function roomFor(size: number): number {
  return 2 * size + 64 * 1024 * 1024;
}
