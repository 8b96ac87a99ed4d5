import { setImmediate } from 'node:timers/promises';
import type { App, FinishedRelease, HerokuClient, Release, ReleaseOutcome } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import type { BuiltImages, Digest, Image, ImageBuilder, ImageToPublish } from '../ports.ts';
import type { Services } from '../services.ts';

export const imageId = digestOf('new image');

/** The services of an app with one release, and what a deploy did with them. */
export interface FakeServices extends Services {
  readonly built: string[];
  readonly published: string[];
  readonly released: string[];
  /** What happened to the built files, in order. */
  readonly files: string[];
}

export interface FakeOptions {
  readonly buildsBeforePlan?: boolean;
  /** Default: as the direct builder, a digest. */
  readonly contextDigest?: Digest | undefined;
  /** The result of releasing the images. Default: release v4. */
  readonly outcome?: ReleaseOutcome;
  /** The newest release after that. Default 4. */
  readonly newestVersion?: number;
}

export function fakeServices(options: FakeOptions = {}): FakeServices {
  const [built, published, released, files]: string[][] = [[], [], [], []];
  const builder = fakeBuilder(
    options,
    () => built!.push('image'),
    () => files!.push('removed'),
  );
  const heroku = {
    account: { get: async () => ({ email: 'owner@example.com', suspendedAt: null, delinquentAt: null }) },
    apps: { get: async () => app },
    features: { get: async () => ({ name: 'preboot', enabled: false }) },
    configVars: { get: async () => ({}) },
    formation: { list: async () => [] },
    dynos: { list: async () => [] },
    logs: { recent: async () => [] },
    releases: {
      async *list() {
        yield released!.length > 0 ? releaseOf(options.newestVersion ?? 4) : releaseOf(3);
      },
      waitFor: async (_app: string, version: number) => releaseOf(version),
    },
    async releaseImages(_app: string, updates: readonly { type: string }[]) {
      released!.push(...updates.map(({ type }) => type));
      return options.outcome ?? { outcome: 'released', release: releaseOf(4), others: [] };
    },
  } as unknown as HerokuClient;
  return {
    heroku,
    images: {
      publisher: {
        readLatest: async () => undefined,
        readManifest: async () => undefined,
        async publish(images: readonly ImageToPublish[]) {
          await setImmediate();
          files!.push('published');
          published!.push(...images.map(({ repository }) => repository));
          return { sentBytes: 5, reusedBytes: 0, manifests: {} };
        },
        readLabels: async () => undefined,
        publishLabels: async () => undefined,
      },
      createBuilder: async () => builder,
      close: async () => undefined,
    },
    onWarning: () => undefined,
    close: async () => undefined,
    built: built!,
    published: published!,
    released: released!,
    files: files!,
  };
}

function fakeBuilder(
  { buildsBeforePlan = true, ...options }: FakeOptions,
  onBuild: () => void,
  onRemove: () => void,
): ImageBuilder {
  const outline = {
    builder: buildsBeforePlan ? ('direct' as const) : ('docker' as const),
    reason: 'requested',
    warnings: [],
    declaresSourceDigest: false,
  };
  return {
    outline,
    buildsBeforePlan,
    contextDigest: async () => ('contextDigest' in options ? options.contextDigest : digestOf('files')),
    async build(): Promise<BuiltImages> {
      onBuild();
      return {
        ...outline,
        sourceDigest: digestOf('source'),
        layers: [],
        images: { web: { imageId, config: {}, configBytes: Buffer.alloc(0), layers: [] } as unknown as Image },
        [Symbol.asyncDispose]: async () => onRemove(),
      };
    },
  };
}

const app = {
  name: 'shop',
  webUrl: null,
  buildStack: 'container',
  maintenance: false,
  generation: null,
} as App;

export function releaseOf(version: number): FinishedRelease {
  const release: Partial<Release> = {
    id: `id-${version}`,
    version,
    status: 'succeeded',
    current: true,
    description: '',
    outputStreamUrl: null,
  };
  return release as FinishedRelease;
}
