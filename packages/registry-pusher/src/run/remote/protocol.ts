import type { SecretValue } from '../../files/secrets.ts';
import type { Digest } from '../../image/digest.ts';
import type { MountFiles, RunLayer } from '../executor.ts';
import type { RunStep } from '../run-step.ts';

/** What a RUN needs, without what can't be sent. */
export interface SentRun {
  readonly step: RunStep;
  readonly timeout: number;
  readonly secrets: Readonly<Record<string, string>>;
}

/** The layer of a RUN as the worker describes it. Its bytes are read piece by piece. */
export interface SentLayer extends Omit<RunLayer, 'layer'> {
  readonly layer:
    | {
        readonly diffId: Digest;
        readonly descriptor: { readonly mediaType: string; readonly size: number; readonly digest: Digest };
      }
    | undefined;
}

/** What the build calls the worker for. Roots and runs have numbers. */
export type WorkerMethods = {
  openRoot(): Promise<{ readonly root: number; readonly directory: string }>;
  unpack(root: number, diffId: Digest): Promise<void>;
  record(root: number, secrets: readonly SecretValue[]): Promise<SentLayer>;
  /** Returns the next bytes of the layer that was recorded last, or undefined at its end. */
  readLayer(root: number): Promise<Uint8Array | undefined>;
  closeRoot(root: number): Promise<void>;
  run(root: number, run: number, options: SentRun): Promise<void>;
  abort(run: number): void;
  close(): Promise<void>;
};

/** What the worker calls the build for. */
export type BuildMethods = {
  /** Returns the next bytes of the layer that is unpacked into a root, or undefined at its end. */
  readArchive(root: number): Promise<Uint8Array | undefined>;
  output(run: number, chunk: Uint8Array): void;
  bindSource(run: number, index: number): Promise<MountFiles>;
};
