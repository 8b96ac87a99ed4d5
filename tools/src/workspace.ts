import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this repository. */
export const workspaceRoot = fileURLToPath(new URL('../..', import.meta.url));

/** A package.json, as far as the checks read it. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** A package of the workspace. */
export interface Project {
  /** Its folder, relative to the workspace's: `packages/deploy`; `.` for the workspace itself. */
  readonly root: string;
  readonly manifest: Manifest;
}

/** The workspace's own package, then every package that its `workspaces` name. */
export function readProjects(root: string): Project[] {
  const readProject = (folder: string): Project => ({
    root: folder,
    manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
  });
  const workspace = readProject('.');
  const folders = (workspace.manifest.workspaces ?? []).flatMap((pattern) =>
    pattern.endsWith('/*') ? foldersIn(root, pattern.slice(0, -2)) : [pattern],
  );
  return [workspace, ...folders.map(readProject)];
}

function foldersIn(root: string, parent: string): string[] {
  const entries = readdirSync(join(root, parent), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => `${parent}/${entry.name}`);
}
