import type { BuiltImage } from '../builder.ts';
import { imageForProcess } from '../../image/for-process.ts';
import { defaultPlatform } from '../../image/platform.ts';
import { type RegistryRules, requireTaken, rulesOf } from '../../image/registry-rules.ts';
import { type ImageReference, parseImageReference, withDefaultTag } from '../../image/reference.ts';
import type { PushOptions, PushResult, RegistryClient } from '../../registry/client/client.ts';
import { createRegistryClient } from '../../registry/create-client.ts';
import { dockerCredentials } from '../../registry/login/docker-credentials.ts';
import { compose } from './compose.ts';
import { previousImage } from './previous-image.ts';
import type { ComposeRequest } from './request.ts';

/** The same image running another command, under a name of its own. */
export interface Variant {
  readonly to: string | ImageReference;
  /** Its `Cmd`. */
  readonly command: readonly string[];
}

export interface PushRequest extends ComposeRequest, Pick<PushOptions, 'format' | 'annotations' | 'tags'> {
  /** Where the image goes; without a tag, `latest`. */
  readonly to: string | ImageReference;
  /** More images from the same build: they differ by a config of some hundred bytes, and share every layer. */
  readonly variants?: readonly Variant[];
  /** What the registry takes; default what is known of it by its name, as `herokuRules` of registry.heroku.com. */
  readonly rules?: RegistryRules;
}

export interface PushContext extends Pick<PushOptions, 'signal' | 'onProgress'> {
  /** Default one that logs in as Docker does, closed at the end. */
  readonly registry?: RegistryClient;
}

export interface Pushed extends PushResult {
  readonly built: BuiltImage;
  /** One result for each variant, in their order. */
  readonly variants: readonly PushResult[];
}

/**
 * Puts an image into a registry without a Dockerfile: layers on a base, and how containers are run. What the registry holds of
 * the image that was pushed before is used again.
 * @throws RegistryPusherError as {@link compose}, and what the registry client throws
 */
export async function push(request: PushRequest, context: PushContext = {}): Promise<Pushed> {
  const { format = 'docker', platform = defaultPlatform, tags = [], annotations, variants = [] } = request;
  const target = targetOf(request.to);
  const others = variants.map(({ to, command }) => ({ target: targetOf(to), command }));
  for (const each of [target, ...others.map((other) => other.target)])
    requireTaken(each, { format, platform, tags }, request.rules ?? rulesOf(each.registry));

  const registry = context.registry ?? createRegistryClient({ credentials: dockerCredentials() });
  const { signal, onProgress } = context;
  const options = {
    format,
    tags,
    ...(annotations === undefined ? {} : { annotations }),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  try {
    const previous = await previousImage(registry, target, { platform, signal });
    const built = await compose(request, { registry, previous, signal });
    const current = previous !== undefined && previous.tag === target.tag ? { current: previous } : {};
    const first = await registry.push(built.image, target, { ...options, ...current });
    const results: PushResult[] = [];
    for (const other of others) {
      const image = { ...imageForProcess(built.image, other.command), layers: first.layers };
      results.push(await registry.push(image, other.target, options));
    }
    return { ...first, built, variants: results };
  } finally {
    if (context.registry === undefined) await registry.close();
  }
}

function targetOf(to: string | ImageReference): ImageReference {
  return withDefaultTag(typeof to === 'string' ? parseImageReference(to) : to);
}
