import type { DynoSpec } from '../dyno.ts';
import { imageEnvironment } from '../environment.ts';
import { readSettings } from '../image/image-settings.ts';
import type { LoadedImage } from './engine-images.ts';

/** Who runs an image that names no user, or root: nobody that an image knows. */
const dynoUser = '54321:54321';
/** A dyno may take twice its quota, at Heroku by swapping (R14); then it ends (R15). */
const vastly = 2;

export interface ContainerPlan {
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the engine has an init that hands signals on: Linux lets the first process of a container ignore them. */
  readonly init: boolean;
}

/** A dyno as the engine's API makes a container. What Heroku ignores in an image is put out of action. */
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
      // The router reaches the dyno at 127.0.0.1:$PORT, and the dyno what runs on this machine; nothing is published.
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
