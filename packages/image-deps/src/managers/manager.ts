import type { Member } from '../project/closure.ts';
import type { Project } from '../project/find-project.ts';
import type { Platform } from '../platform.ts';

/** Runs a package manager in a directory. Returns what it printed. @throws ImageDepsError if it fails */
export type RunManager = (args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv) => Promise<string>;

export interface InstallRequest {
  readonly project: Project;
  readonly members: readonly Member[];
  readonly platform: Platform;
  /** A copy of the workspace's manifests, lock file and settings, without code. */
  readonly scratch: string;
  /** The package manager's version, such as `10.2.0`. */
  readonly version: string;
  readonly run: RunManager;
}

/** The names of a package's dependencies as the lock file lists them, which settings may have changed. */
export interface LockedDependencies {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** A third-party package in the image. */
export interface ImagePackage {
  /** Its place in the image, such as `node_modules/debug/node_modules/ms`. */
  readonly path: string;
  /** Its place in the scratch directory, which is npm's key in the lock file. */
  readonly installedAt: string;
  readonly name: string;
  readonly version: string;
}

/** What differs between package managers. */
export interface Manager {
  readonly command: 'npm' | 'pnpm' | 'yarn';
  /** The major versions that read this lock file. */
  readonly majors: { readonly from: number; readonly to: number };
  /** Files and directories next to the lock file that an install needs. */
  readonly settings: readonly string[];
  /** How to bring the lock file up to date. */
  readonly update: string;
  /** Returns the paths of the workspace's members, as the lock file lists them. */
  listMembers(project: Project, run: RunManager): Promise<readonly string[]>;
  /** Checks what the package manager itself doesn't. */
  assertLockFits?(project: Project, members: readonly Member[]): void;
  /** Installs production dependencies for the platform into the scratch directory. Runs no install scripts. */
  install(request: InstallRequest): Promise<void>;
  /** Returns dependencies by `NAME@VERSION`, if the lock file knows better than the packages' manifests. */
  readLockedDependencies?(lock: string): ReadonlyMap<string, LockedDependencies>;
  /** Returns the lock file without what isn't in the image. */
  pruneLock(project: Project, packages: readonly ImagePackage[]): string;
}
