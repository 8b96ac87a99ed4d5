import type { BuiltImage } from '../builder.ts';
import { imageForProcess } from '../../image/for-process.ts';
import { defaultPlatform } from '../../image/platform.ts';
import { type RegistryRules, assertAccepted, rulesOf } from '../../image/registry-rules.ts';
import { type ImageReference, parseImageReference, withDefaultTag } from '../../image/reference.ts';
import type { PushOptions, PushResult, RegistryClient } from '../../registry/client/client.ts';
import { createRegistryClient } from '../../registry/create-client.ts';
import { dockerCredentials } from '../../registry/login/docker-credentials.ts';
import { compose } from './compose.ts';
import { findPreviousImage } from '../previous-image.ts';
import type { ComposeRequest } from './request.ts';

/** The same image with another command and another name. */
export interface Variant {
  readonly to: string | ImageReference;
  /** Its `Cmd`. */
  readonly command: readonly string[];
}

export interface PushRequest extends ComposeRequest, Pick<PushOptions, 'format' | 'annotations' | 'tags'> {
  /** The reference to push to. The default tag is `latest`. */
  readonly to: string | ImageReference;
  /** Additional images from the same build. They share all layers and only differ in the config. */
  readonly variants?: readonly Variant[];
  /** The registry's restrictions. Default by its name, such as `herokuRules` for registry.heroku.com. */
  readonly rules?: RegistryRules;
}

export interface PushContext extends Pick<PushOptions, 'signal' | 'onProgress'> {
  /** Default: a client with Docker's credentials, closed at the end. */
  readonly registry?: RegistryClient;
}

export interface Pushed extends PushResult {
  readonly built: BuiltImage;
  /** One result for each variant, in order. */
  readonly variants: readonly PushResult[];
}

/**
 * Builds an image without a Dockerfile from layers on a base, and pushes it. Reuses layers of the image pushed before.
 * @throws RegistryPusherError as {@link compose} and the registry client do
 */
export async function push(request: PushRequest, context: PushContext = {}): Promise<Pushed> {
  const { format = 'docker', platform = defaultPlatform, tags = [], annotations, variants = [] } = request;
  const target = targetOf(request.to);
  const others = variants.map(({ to, command }) => ({ target: targetOf(to), command }));
  for (const each of [target, ...others.map((other) => other.target)])
    assertAccepted(each, { format, platform, tags }, request.rules ?? rulesOf(each.registry));

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
    const { previous, current } = await findPreviousImage(registry, target, { platform, signal });
    const built = await compose(request, { registry, previous, signal });
    await using _files = { [Symbol.asyncDispose]: built.close };
    const first = await registry.push(built.image, target, {
      ...options,
      ...(current === undefined ? {} : { current }),
    });
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
