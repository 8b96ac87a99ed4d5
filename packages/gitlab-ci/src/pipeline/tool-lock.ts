import { GitLabCiError } from '../errors.ts';

/** The package that contains the command. */
export const toolPackage = '@tozo/cli';

/** How the deploy jobs install the tool: exactly one package, by version and integrity. */
export interface ToolLock {
  readonly version: string;
  /** By name, to be written into a directory of their own. */
  readonly files: Readonly<Record<'package.json' | 'package-lock.json', string>>;
}

interface LockedPackage {
  readonly version?: unknown;
  readonly resolved?: unknown;
  readonly integrity?: unknown;
  readonly link?: unknown;
  readonly dependencies?: unknown;
  readonly hasInstallScript?: unknown;
}

/**
 * Returns the tool's own lock file, from the one of the repository. Undefined if the repository's contains no published
 * version of the tool. Throws PIPELINE_INVALID if it can't be installed without other packages or scripts.
 * @param lockFile the text of the repository's package-lock.json
 */
export function createToolLock(lockFile: string): ToolLock | undefined {
  const { packages = {} } = JSON.parse(lockFile) as { packages?: Record<string, LockedPackage> };
  const locked = packages[`node_modules/${toolPackage}`];
  if (locked === undefined || locked.link === true) return undefined;
  const { version, resolved, integrity, dependencies = {}, hasInstallScript } = locked;
  if (typeof version !== 'string' || typeof integrity !== 'string' || !integrity.startsWith('sha512-'))
    throw new GitLabCiError(
      'PIPELINE_INVALID',
      `package-lock.json has no version and SHA-512 integrity of ${toolPackage}: install it from a registry (npm install --save-dev ${toolPackage}).`,
    );
  if (Object.keys(dependencies as object).length > 0 || hasInstallScript === true)
    throw new GitLabCiError(
      'PIPELINE_INVALID',
      `${toolPackage} ${version} needs other packages or an install script, which the jobs with the API key don't run: install a newer version.`,
    );
  const root = { name: 'tozo-for-deploy-jobs', dependencies: { [toolPackage]: version } };
  const lock = {
    name: root.name,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': root,
      [`node_modules/${toolPackage}`]: {
        version,
        ...(typeof resolved === 'string' ? { resolved } : {}),
        integrity,
        bin: { tozo: 'bin/tozo.js' },
      },
    },
  };
  return { version, files: { 'package.json': json({ private: true, ...root }), 'package-lock.json': json(lock) } };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
