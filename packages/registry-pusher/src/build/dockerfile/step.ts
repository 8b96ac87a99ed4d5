import type { RunStep } from '../../run/run-step.ts';
import type { CopyFrom } from './stages.ts';

/** WORKDIR: a directory that must exist. */
export interface WorkdirStep {
  readonly kind: 'workdir';
  readonly line: number;
  readonly path: string;
  /** The owner of a created directory: `user[:group]`, names or numbers. Empty means root. */
  readonly owner: string;
}

/** COPY, with everything expanded. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly line: number;
  /** Default the build context. */
  readonly from?: CopyFrom;
  /** Patterns relative to `from`. Undefined while they depend on variables that the base may set. */
  readonly sources: readonly string[] | undefined;
  /** Absolute; a trailing slash means a directory. */
  readonly destination: string;
  readonly owner: string;
  /** Permission bits for files and directories. */
  readonly mode?: number;
  /** Patterns of files to leave out, relative to each source. */
  readonly excludes: readonly string[];
  /** Whether archives would be unpacked, as by ADD. They are rejected. */
  readonly unpacks: boolean;
  /** `--link`: the destination's path must not contain a symlink of the base. */
  readonly link: boolean;
}

/** A step whose layer is made from files. */
export type LayerStep = WorkdirStep | CopyStep;

export type Step = LayerStep | RunStep;

/** An instruction's entry in the image's history, and its layer. */
export interface Trace {
  readonly line: number;
  readonly text: string;
  readonly step?: Step;
}
