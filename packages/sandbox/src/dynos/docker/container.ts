import type { DynoSpec } from '../dyno.ts';
import { imageEnvironment } from '../environment.ts';
import { readSettings } from '../image/image-settings.ts';
import type { LoadedImage } from './engine-images.ts';

/** The user for images that name no user, or root: one that no image defines. */
const dynoUser = '54321:54321';
/** A dyno may use twice its quota, on Heroku by swapping (R14). Then it is killed (R15). */
const vastly = 2;

export interface ContainerPlan {
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the engine has an init that forwards signals: the first process of a container may ignore them. */
  readonly init: boolean;
}

/** Returns the container to create for a dyno. Disables what Heroku ignores in an image. */
export function containerOf(image: LoadedImage, spec: DynoSpec, { labels, init }: ContainerPlan) {
  const settings = readSettings(image.config);
  const memory = spec.memoryMb === undefined ? 0 : spec.memoryMb * 2 ** 20 * vastly;
  return {
    Image: image.tag,
    ...(spec.command && { Cmd: spec.command }),
    Env: Object.entries(imageEnvironment(settings.env, spec)).map(([name, value]) => `${name}=${value}`),
    User: isRoot(settings.user) ? dynoUser : settings.user,
    Labels: labels,
    StopSignal: 'SIGTERM',
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      // The router reaches the dyno at 127.0.0.1:$PORT, and the dyno reaches this machine's servers. No port is published.
      NetworkMode: 'host',
      Memory: memory,
      MemorySwap: memory,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
      ...(init && { Init: true }),
    },
  };
}

const isRoot = (user: string): boolean => /^(|root|0+)(:|$)/.test(user);
