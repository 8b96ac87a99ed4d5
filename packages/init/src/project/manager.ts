import { InitError } from '../errors.ts';
import type { Manifest } from './manifest.ts';
import { directoryOf, findAbove, joinPath, type Snapshot } from './snapshot.ts';

export type ManagerName = 'npm' | 'pnpm' | 'yarn-classic' | 'yarn-berry';

/** A package manager, by the commands that people and jobs type. */
export interface Manager {
  readonly name: ManagerName;
  /** The directory of the lock file, relative to the root. */
  readonly root: string;
  /** Undefined without a lock file. */
  readonly lockFile?: string;
  /** The commands that install exactly what the lock file lists, in a job. */
  readonly install: readonly string[];
  /** Starts a line that runs an installed command. */
  readonly exec: string;
  /** Starts a line that adds a development dependency. */
  readonly add: string;
  /** Starts a line that runs a script of package.json. */
  readonly run: string;
}

/** The names of lock files. */
export const lockFileNames: readonly string[] = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
];

const commands: Readonly<Record<ManagerName, Pick<Manager, 'exec' | 'add' | 'run'>>> = {
  npm: { exec: 'npx --no', add: 'npm install --save-dev', run: 'npm run' },
  pnpm: { exec: 'pnpm exec', add: 'pnpm add --save-dev', run: 'pnpm run' },
  'yarn-classic': { exec: 'yarn --silent run', add: 'yarn add --dev', run: 'yarn run' },
  'yarn-berry': { exec: 'yarn run -T', add: 'yarn add --dev', run: 'yarn run' },
};

/** pnpm and Yarn 1 add nothing to the root of a workspace without being told to. */
const toWorkspaceRoot: Readonly<Record<ManagerName, string>> = {
  npm: '',
  pnpm: ' --workspace-root',
  'yarn-classic': ' --ignore-workspace-root-check',
  'yarn-berry': '',
};

/** Starts a line that a person runs in a terminal, where npx may ask before it installs a command. */
export function execByHand({ name, exec }: Manager): string {
  return name === 'npm' ? 'npx' : exec;
}

/**
 * Returns the package manager of an app.
 * @param manifest the one next to the lock file, whose `packageManager` decides
 * @throws InitError MANAGER_UNSUPPORTED for Bun, Yarn's Plug'n'Play, and several lock files
 */
export function findManager(snapshot: Snapshot, directory: string, manifest: Manifest | undefined): Manager {
  const nearest = findAbove(snapshot, directory, lockFileNames);
  const root = nearest === undefined ? directory : directoryOf(nearest);
  const [, wanted] = /^(npm|pnpm|yarn|bun)@/.exec(manifest?.packageManager ?? '') ?? [];
  const present = lockFileNames.filter((name) => snapshot.files.has(joinPath(root, name)));
  const usable = wanted === undefined ? present : present.filter((name) => kindOf(name) === wanted);
  const kinds = [...new Set(usable.map(kindOf))];
  if (kinds.length > 1)
    throw new InitError(
      'MANAGER_UNSUPPORTED',
      `There are lock files of several package managers (${usable.join(', ')}): delete all but one, or set "packageManager" in package.json.`,
    );
  const kind = kinds[0] ?? wanted ?? 'npm';
  if (kind === 'bun')
    throw new InitError(
      'MANAGER_UNSUPPORTED',
      `This project uses Bun. tozo works with npm, pnpm and Yarn: run npm install.`,
    );
  const name = kind === 'yarn' ? yarnOf(snapshot, root, manifest) : (kind as 'npm' | 'pnpm');
  const lockFile = usable[0];
  const isWorkspace =
    name === 'pnpm' ? snapshot.files.has(joinPath(root, 'pnpm-workspace.yaml')) : !!manifest?.workspaces.length;
  const { add, ...others } = commands[name];
  return {
    name,
    root,
    ...(lockFile === undefined ? {} : { lockFile }),
    install: installOf(name, snapshot, root, manifest),
    add: isWorkspace ? `${add}${toWorkspaceRoot[name]}` : add,
    ...others,
  };
}

function kindOf(lockFile: string): string {
  if (lockFile.startsWith('pnpm')) return 'pnpm';
  if (lockFile.startsWith('yarn')) return 'yarn';
  return lockFile.startsWith('bun') ? 'bun' : 'npm';
}

function yarnOf(snapshot: Snapshot, root: string, manifest: Manifest | undefined): ManagerName {
  const lock = snapshot.texts.get(joinPath(root, 'yarn.lock'));
  const settings = snapshot.texts.get(joinPath(root, '.yarnrc.yml'));
  const isBerry =
    lock === undefined
      ? /^yarn@[2-9]/.test(manifest?.packageManager ?? '') || settings !== undefined
      : /^__metadata:/m.test(lock);
  if (!isBerry) return 'yarn-classic';
  if (!/^nodeLinker:\s*["']?node-modules/m.test(settings ?? ''))
    throw new InitError(
      'MANAGER_UNSUPPORTED',
      "Yarn installs this project with Plug'n'Play, which images can't use: add the line nodeLinker: node-modules to .yarnrc.yml, run yarn install, then run this again.",
    );
  return 'yarn-berry';
}

function installOf(name: ManagerName, { texts }: Snapshot, root: string, manifest: Manifest | undefined): string[] {
  const isPinned = manifest?.packageManager !== undefined;
  switch (name) {
    case 'npm':
      return ['npm ci --no-audit --no-fund --prefer-offline --cache .npm'];
    case 'pnpm':
      return [isPinned ? 'corepack enable' : 'npm install --global pnpm@10', 'pnpm install --frozen-lockfile'];
    case 'yarn-classic':
      return ['yarn install --frozen-lockfile'];
    case 'yarn-berry': {
      const isVendored = /^yarnPath:/m.test(texts.get(joinPath(root, '.yarnrc.yml')) ?? '');
      return [...(isVendored ? [] : ['corepack enable']), 'yarn install --immutable'];
    }
  }
}
