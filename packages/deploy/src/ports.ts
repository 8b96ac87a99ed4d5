import type {
  BuildRequest,
  BuiltLayer,
  CheckedContext,
  Digest,
  HandedOver,
  Image,
  ProbedExecutor,
  RemoteImage,
} from '@tozo/registry-pusher';

export type { Digest, Image };

/** Heroku's registry, in image references; its address may be another one. */
export const herokuRegistry = 'registry.heroku.com';

/** An image as the registry has it: its manifest and config, without its layers. */
export type PublishedImage = RemoteImage;

export type BuilderName = 'direct' | 'docker';

/** What is known about a build before it runs. */
export interface BuildOutline {
  readonly builder: BuilderName;
  /** Why this builder, in one phrase. */
  readonly reason: string;
  readonly warnings: readonly string[];
  /** Whether the Dockerfile declares `ARG SOURCE_DIGEST`, with which the app can prove its version. */
  readonly declaresSourceDigest: boolean;
  /** What can't be known before something of the app was executed, each as a sentence. */
  readonly unknowns?: readonly string[];
  /** The deploy whose images are used. Absent when they are built. */
  readonly imagesFrom?: ImagesOrigin;
}

/** A deploy that verified images, in another environment or earlier. */
export interface ImagesOrigin {
  readonly app: string;
  readonly environment?: string;
  readonly release: number;
  readonly commit?: string;
  /** When it ended, ISO 8601. */
  readonly at: string;
}

/** A build whose local checks have passed. */
export interface PreparedBuild {
  readonly request: BuildRequest;
  readonly outline: BuildOutline;
  /** The files that the direct builder has read; absent for the Docker builder. */
  readonly checked?: CheckedContext;
  /** What executes RUN here. Absent if the direct builder has none to execute. */
  readonly run?: ProbedExecutor;
  /** The image that an earlier job built. Nothing is built then. */
  readonly handed?: HandedOver;
}

/** A finished build: one image per process type, nothing uploaded yet. Dispose it once the images are published. */
export interface BuiltImages extends BuildOutline, AsyncDisposable {
  /** The value of `ARG SOURCE_DIGEST`. Absent if it isn't known. */
  readonly sourceDigest?: Digest;
  readonly base?: { readonly reference: string; readonly standIn: boolean };
  readonly layers: readonly BuiltLayer[];
  /** By process type. */
  readonly images: Readonly<Record<string, Image>>;
}

/** Builds a project's images. It's created once the local checks have passed. */
export interface ImageBuilder {
  readonly outline: BuildOutline;
  /** Whether a build runs none of the app's code: then it runs before the plan, which can name the images. */
  readonly buildsBeforePlan: boolean;
  /** Returns the digest of everything the images are built from, or undefined if this builder can't compute it. */
  contextDigest(): Promise<Digest | undefined>;
  build(options: BuildOptions): Promise<BuiltImages>;
  /**
   * Builds before the plan although `build` runs code: only from earlier results. Returns the outline, with what is unknown, if
   * something has to run.
   */
  buildWithoutRunning?(options: BuildOptions): Promise<BuiltImages | BuildOutline>;
}

export interface BuildOptions {
  /** The image whose layers may be reused. */
  readonly previous: Promise<PublishedImage | undefined>;
  readonly signal?: AbortSignal;
  readonly onLog: (line: string) => void;
}

/** The registry that Heroku releases images from. */
export interface ImagePublisher {
  /** Reads the image that the last deploy published to a repository. */
  readLatest(repository: string, options: { signal?: AbortSignal }): Promise<PublishedImage | undefined>;
  /** Reads an image by its manifest's digest. Returns undefined if the registry doesn't have it. */
  readManifest(
    repository: string,
    manifest: Digest,
    options: { signal?: AbortSignal },
  ): Promise<PublishedImage | undefined>;
  publish(images: readonly ImageToPublish[], options: PublishOptions): Promise<PublishedImages>;
  /** Reads the labels of the image that a tag points to, or undefined if there's no such image. */
  readLabels(
    repository: string,
    tag: string,
    options: { signal?: AbortSignal },
  ): Promise<Readonly<Record<string, string>> | undefined>;
  /** Pushes an image that has only labels, under each of the tags. */
  publishLabels(
    repository: string,
    tags: readonly [string, ...string[]],
    labels: Readonly<Record<string, string>>,
    options: { signal?: AbortSignal },
  ): Promise<void>;
}

export interface ImageToPublish {
  readonly repository: string;
  readonly image: Image;
}

export interface PublishOptions {
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: { readonly sentBytes: number; readonly totalBytes: number }) => void;
  /** Called with a line about what couldn't be reused as planned. */
  readonly onWarning?: (text: string) => void;
}

export interface PublishedImages {
  readonly sentBytes: number;
  readonly reusedBytes: number;
  /** The digest of each image's manifest, by repository. */
  readonly manifests: Readonly<Record<string, Digest>>;
}
