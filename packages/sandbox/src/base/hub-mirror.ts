import type { RequestListener } from 'node:http';
import { createBearerLogin } from '../registry/bearer-login.ts';
import { isTag } from '../registry/grammar.ts';
import { createRegistryHandler } from '../registry/handler.ts';
import { Refusal } from '../registry/refusal.ts';
import type { Resource } from '../registry/resource.ts';
import { Storage } from '../registry/storage.ts';
import type { Clock } from '../time/clock.ts';
import { Uploads } from '../registry/uploads.ts';
import { type BaseImages, standInImages } from './base-images.ts';

export interface HubMirrorOptions {
  /** The directory of served images, to pull by digest later. */
  readonly dir: string;
  /** Default: the stand-in for `library/node`. The first source with a tag serves it. */
  readonly images?: readonly BaseImages[];
  /** Whether a pull needs a token, which anyone gets, as on Docker Hub. Default: false. */
  readonly tokens?: boolean;
  /** Ends the tokens' validity. Default: the machine's time. */
  readonly clock?: Clock;
}

/** A read-only mirror of Docker Hub. Its images have the form of today's official images. */
export function createHubMirror({ dir, images = [standInImages], tokens = false, clock }: HubMirrorOptions): {
  readonly handler: RequestListener;
} {
  const storage = new Storage(dir);
  const publishing = new Map<string, Promise<void>>();

  async function publishOnce(repository: string, tag: string): Promise<void> {
    const key = `${repository}:${tag}`;
    const running = publishing.get(key) ?? publish(images, repository, tag, storage);
    publishing.set(key, running);
    await running.catch((error: unknown) => {
      publishing.delete(key);
      throw error;
    });
  }

  async function admitRepository({ kind, repository, reference }: Resource, access: 'read' | 'write'): Promise<void> {
    if (access === 'write') throw new Refusal('DENIED', 'this mirror of Docker Hub is read-only');
    if (kind === 'manifest' && isTag(reference)) await publishOnce(repository, reference);
  }

  const registry = {
    storage,
    uploads: new Uploads(storage, { maxBlobBytes: 0 }),
    rules: { admitRepository },
    choices: { mounts: false, chunkedUploads: false, locations: 'absolute' },
  } as const;
  if (!tokens) return { handler: createRegistryHandler(registry) };
  const { authenticate, withTokens } = createBearerLogin({ anonymousPull: true, clock });
  return { handler: withTokens(createRegistryHandler({ ...registry, authenticate })) };
}

async function publish(
  images: readonly BaseImages[],
  repository: string,
  tag: string,
  storage: Storage,
): Promise<void> {
  for (const source of images) {
    const digest = await source.publish(repository, tag, storage);
    if (digest !== undefined) return await storage.putTag(repository, tag, digest);
  }
  throw new Refusal('NAME_UNKNOWN', 'repository name not known to registry', {
    detail: { name: repository, reason: 'the sandbox has no such base image' },
  });
}
