import type { CopyFrom } from './stages.ts';

/** WORKDIR: a folder that must be there. */
export interface WorkdirStep {
  readonly kind: 'workdir';
  readonly line: number;
  readonly path: string;
  /** Whom a created folder belongs to: `user[:group]`, names or numbers; empty means root. */
  readonly owner: string;
}

/** COPY, with everything expanded. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly line: number;
  /** What is copied from; without it the build context. */
  readonly from?: CopyFrom;
  /** Patterns relative to what is copied from; undefined while they depend on variables that the base may set. */
  readonly sources: readonly string[] | undefined;
  /** Absolute; a slash at its end means a folder. */
  readonly destination: string;
  readonly owner: string;
  /** Permission bits for files and folders. */
  readonly mode?: number;
  /** Patterns, relative to each source, of what is left out. */
  readonly excludes: readonly string[];
  /** ADD would unpack archives: then it is refused. */
  readonly unpacks: boolean;
  /** `--link`: the destination's path must not pass through a link of the base. */
  readonly link: boolean;
}

export type LayerStep = WorkdirStep | CopyStep;

/** One instruction's trace in the image's history. */
export interface Trace {
  readonly line: number;
  readonly text: string;
  readonly step?: LayerStep;
}
