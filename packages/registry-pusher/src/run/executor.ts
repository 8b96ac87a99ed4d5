import type { Readable } from 'node:stream';
import type { TemporaryFiles } from '../files/temporary-files.ts';
import type { Layer } from '../image/image.ts';
import type { Digest } from '../image/digest.ts';
import type { FoundSecret, SecretValue } from '../files/secrets.ts';
import type { RunStep } from './run-step.ts';

/** A layer below a RUN. */
export interface ChainLayer {
  readonly diffId: Digest;
  /** Returns the layer's archive, plain or compressed, from here or from its registry. */
  readonly open: () => Promise<Readable>;
}

/** The layers of an image, lowest first: its base's and those of the steps so far. */
export type LayerChain = readonly ChainLayer[];

/** The layer that a RUN made. */
export interface RunLayer {
  /** Undefined if RUN changed nothing. */
  readonly layer: Layer | undefined;
  readonly files: number;
  /** Bytes of the files' content. */
  readonly size: number;
  /** Names of files that the layer leaves out, such as sockets, and what else is worth saying. */
  readonly warnings: readonly string[];
  /** The first secret that was found in it. */
  readonly secret?: FoundSecret;
}

export interface RecordOptions {
  readonly signal?: AbortSignal | undefined;
  /** What to search the layer for. */
  readonly secrets?: readonly SecretValue[];
}

/** Turns a RUN into a layer. Reuse can stand in front of it: nothing below is downloaded before it's called. */
export type MakeRunLayer = (step: RunStep, below: LayerChain) => Promise<RunLayer>;

/** The files that a mount shows to a RUN. */
export interface MountFiles {
  /** On this machine. */
  readonly path: string;
  readonly isDirectory: boolean;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Receives what the command prints, stdout and stderr together, as it comes. */
  readonly output: (chunk: Uint8Array) => void;
  /** Ends a RUN that takes longer. Milliseconds. */
  readonly timeout: number;
  /** Values of `--secret`, by ID. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Finds the files of a bind mount. */
  readonly bindSource: (step: RunStep, index: number) => Promise<MountFiles>;
}

/** An image's files in a scratch directory, as a RUN sees them. */
export interface RootFilesystem extends AsyncDisposable {
  /** The root, on this machine. */
  readonly directory: string;
  /** The diff IDs of the layers that were unpacked or recorded, lowest first. */
  readonly diffIds: readonly Digest[];
  /** Unpacks a layer over the ones before. */
  unpack(layer: ChainLayer, signal?: AbortSignal): Promise<void>;
  /** Makes a layer of what changed since the last layer, and gives the files the times that the layer has. */
  record(options?: RecordOptions): Promise<RunLayer>;
}

/** A way to execute a RUN on this machine. */
export interface RunExecutor extends AsyncDisposable {
  readonly name: 'namespaces' | 'chroot' | 'user namespace' | 'user namespace of one user';
  /** How it isolates, for the output: `executes RUN in a mount and pid namespace`. */
  readonly description: string;
  /** Creates an empty root in this build's scratch directory. */
  openRoot(): Promise<RootFilesystem>;
  /** @throws RegistryPusherError RUN_FAILED, ABORTED */
  run(step: RunStep, root: RootFilesystem, options: RunOptions): Promise<void>;
}

/** What an executor needs for one build. */
export interface ExecutorOptions {
  /** Receives the layers that commands make. */
  readonly files: TemporaryFiles;
  /** The time of all files that commands write, in seconds since 1970. */
  readonly epoch?: number | undefined;
}

/** A way to execute RUN that was tried. */
export interface FoundExecutor extends Pick<RunExecutor, 'name' | 'description'> {
  /** Opens it for one build. Close it after use. */
  open(options: ExecutorOptions): Promise<RunExecutor>;
}

/** What this machine can execute RUN with, or a clause that says why it can't. */
export type ProbedExecutor =
  | { readonly executor: FoundExecutor; readonly reason?: undefined }
  | { readonly executor?: undefined; readonly reason: string };
