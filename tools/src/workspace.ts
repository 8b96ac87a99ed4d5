import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this repository. */
export const workspaceRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The part of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** A package of the workspace. */
export interface Project {
  /** Relative to the workspace root: `packages/deploy`, or `.` for the workspace itself. */
  readonly root: string;
  readonly manifest: Manifest;
}

/** Returns the root package, then the packages in its `workspaces`. */
export function readProjects(root: string): Project[] {
  const readProject = (directory: string): Project => ({
    root: directory,
    manifest: JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as Manifest,
  });
  const workspace = readProject('.');
  const directories = (workspace.manifest.workspaces ?? []).flatMap((pattern) =>
    pattern.endsWith('/*') ? subdirectories(root, pattern.slice(0, -2)) : [pattern],
  );
  return [workspace, ...directories.map(readProject)];
}

function subdirectories(root: string, parent: string): string[] {
  const entries = readdirSync(join(root, parent), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => `${parent}/${entry.name}`);
}
