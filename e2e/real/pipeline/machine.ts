import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { machineEnvironment, workspace } from './runner.ts';
import type { ToolPackage } from './tool-package.ts';
import { writeFiles } from './write-files.ts';

/** A project's CI/CD variables: their values by environment scope. */
export type CiVariables = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Machine {
  /** The directory with the packages that an installation would bring. */
  readonly modules: string;
  /** The environment of the runner's processes. */
  readonly env: NodeJS.ProcessEnv & { readonly HOME: string; readonly TMPDIR: string };
}

/**
 * Prepares a directory as a runner's machine: with its own home and temporary directories, packages and npm.
 * @param nxPackage the directory of the compiled package @tozo/nx
 */
export function prepareMachine(
  directory: string,
  tool: ToolPackage,
  ciVariables: CiVariables,
  nxPackage = join(workspace, 'e2e/out/compiled/node_modules/@tozo/nx'),
): Machine {
  const modules = join(directory, 'modules');
  linkModules(modules, tool, nxPackage);
  const machine = machineEnvironment();
  const real = execFileSync('which', ['npm'], { env: machine, encoding: 'utf8' }).trim();
  // GitLab passes a variable with a scope to the jobs of its environments only.
  const global = Object.fromEntries(
    Object.entries(ciVariables).map(([key, values]) => [key, { type: 'variable', values }]),
  );
  writeFiles(directory, {
    'bin/npm': npm(real, modules),
    'home/.gitlab-ci-local/variables.yml': JSON.stringify({ global }),
  });
  chmodSync(join(directory, 'bin/npm'), 0o755);
  const TMPDIR = join(directory, 'tmp');
  mkdirSync(TMPDIR);
  const PATH = `${join(directory, 'bin')}:${machine.PATH}`;
  return { modules, env: { ...machine, HOME: join(directory, 'home'), PATH, TMPDIR } };
}

/**
 * An npm whose `npm ci` links the packages of the repository, which would take minutes, and runs its install script as npm
 * does. With --prefix or --omit=dev, for an image, it's npm itself.
 */
const npm = (real: string, modules: string): string => `#!/bin/bash
if [[ $1 != ci || " $* " == *" --prefix "* || " $* " == *" --omit=dev "* ]]; then exec ${real} "$@"; fi
ln -s ${modules} node_modules
if [[ " $* " != *" --ignore-scripts "* ]]; then ${real} run --silent --if-present postinstall; fi
`;

/** Makes a directory with the packages that an installation would bring. */
function linkModules(directory: string, tool: ToolPackage, nxPackage: string): void {
  const installed = join(workspace, 'node_modules');
  const link = (from: string, to: string): void => {
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(from, to);
  };
  for (const name of readdirSync(installed))
    if (!['.bin', '@tozo'].includes(name)) link(join(installed, name), join(directory, name));
  link(join(installed, '.bin/nx'), join(directory, '.bin/nx'));
  link(join(tool.directory, 'bin/tozo.js'), join(directory, '.bin/tozo'));
  link(tool.directory, join(directory, '@tozo/cli'));
  link(nxPackage, join(directory, '@tozo/nx'));
}
