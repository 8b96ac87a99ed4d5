import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { ImageReference } from '../../image/reference.ts';
import type { RegistryCredentials } from '../../registry/login/credentials.ts';

/** The parts of a Docker Engine that a build needs. Cancelling or closing it fails all pending calls. */
export interface Engine {
  /** Its address, for messages. */
  readonly address: string;
  /** Whether it may share this machine's loopback interface. */
  readonly isLocal: boolean;
  /** Opens the connection for BuildKit's requests. Returns undefined if the engine doesn't have BuildKit. */
  openSession(headers: Readonly<Record<string, string | readonly string[]>>): Promise<Socket | undefined>;
  /** Starts a build and returns its output as lines of JSON, which also report a failure. */
  build(source: BuildSource, options: EngineBuildOptions): Promise<Readable>;
  inspect(image: string): Promise<EngineImage>;
  /** Makes the engine request an image from a registry. Ignores the response. */
  probeRegistry(image: ImageReference, login: RegistryCredentials): Promise<void>;
  /** Tags an image as `target`, pushes it, and returns the output as lines of JSON. */
  push(image: string, target: ImageReference, login: RegistryCredentials): Promise<Readable>;
  /** Returns the output of `docker save`. */
  save(image: string): Promise<Readable>;
  /** Removes a tag, and the image with its last tag. Keeps the build cache. */
  untag(image: string): Promise<void>;
  close(): void;
}

/** @see https://docs.docker.com/reference/api/engine/version/v1.41/#operation/ImageBuild */
export interface EngineBuildOptions {
  readonly tag: string;
  /** Relative to the context. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  /** The network mode of RUN, as in `docker build --network`. */
  readonly network?: string | undefined;
  /** Images in registries to use as a cache. */
  readonly cacheFrom?: readonly string[] | undefined;
}

/** One of the engine's two builders, and its source of the context and of credentials. */
export type BuildSource =
  | { readonly builder: 'BuildKit'; readonly session: string }
  | { readonly builder: 'classic'; readonly context: Readable; readonly logins: Readonly<Record<string, EngineLogin>> };

/** Credentials for the classic builder. */
export type EngineLogin = { readonly username: string; readonly password: string } | { readonly identitytoken: string };

/** An image in the engine. */
export interface EngineImage {
  readonly os: string;
  readonly architecture: string;
  /** In bytes, compressed or not. */
  readonly size: number;
  readonly diffIds: readonly string[];
  /** Its tags, and its digests in repositories that it was pushed to or pulled from. */
  readonly names: readonly string[];
}
