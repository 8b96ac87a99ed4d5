import { ImageDepsError } from '../errors.ts';
import type { Manager } from '../managers/manager.ts';
import type { Project } from '../project/find-project.ts';

/** Returns the version in what `--version` printed, which may come with warnings. */
export function readVersion(output: string): string {
  return output.split('\n').findLast((line) => /^\d+\.\d+\.\d+\S*$/.test(line)) ?? output.trim();
}

/** @throws ImageDepsError MANAGER_VERSION if the installed package manager isn't one that wrote the lock file */
export function assertManagerVersion({ command, majors }: Manager, version: string, project: Project): void {
  const major = Number.parseInt(version, 10);
  const wanted = project.wantedVersion;
  const wantedMajor = Number.parseInt(wanted ?? '', 10);
  const install = `run corepack enable, or npm install --global ${packageOf(command, wantedMajor || majors.from)}`;
  if (!Number.isNaN(wantedMajor) && wantedMajor !== major)
    throw new ImageDepsError(
      'MANAGER_VERSION',
      `package.json in ${project.root} asks for ${command}@${wanted}, but ${command} is ${version}: ${install}.`,
    );
  if (major >= majors.from && major <= majors.to) return;
  throw new ImageDepsError(
    'MANAGER_VERSION',
    `${command} ${version} doesn't read ${project.lockFile} of ${project.root}: ${install}.`,
  );
}

function packageOf(command: string, major: number): string {
  return command === 'yarn' && major > 1 ? `@yarnpkg/cli-dist@${major}` : `${command}@${major}`;
}
