import picomatch from 'picomatch';
import { parse } from 'yaml';
import { InitError } from '../errors.ts';
import { describeApp, type App } from './app.ts';
import { isObject, type Manifest, readManifest } from './manifest.ts';
import { directoryOf, filesIn, hasProject, joinPath, type Snapshot } from './snapshot.ts';

/** Where apps are, as another deploy's files say. */
export interface Places {
  /** Directories whose Dockerfile has another name, or is elsewhere. */
  readonly dockerfiles: ReadonlySet<string>;
  /** The directories of the only apps that are deployed. Empty: all that look like apps. */
  readonly only: ReadonlySet<string>;
}

const everywhere: Places = { dockerfiles: new Set(), only: new Set() };

/** What the project is. */
export interface Project {
  readonly apps: readonly App[];
  /** Directories that look like apps, but can't be deployed as they are, with the reason and what to do. */
  readonly unfit: readonly { readonly directory: string; readonly reason: string }[];
  /** The names of the workspace's packages. */
  readonly members: readonly string[];
  readonly rootManifest: Manifest | undefined;
  readonly nx: boolean;
  readonly turbo: boolean;
}

/**
 * Finds the apps of a project.
 * @param directory where the command runs, relative to the root. Only its app if it's in a package; else all of the workspace
 * @throws InitError PROJECT_MISSING, MANIFEST_INVALID, PEER_UNFIT; APP_UNKNOWN if there's no app, with the reason
 */
export function findProject(
  snapshot: Snapshot,
  directory: string,
  { dockerfiles, only }: Places = everywhere,
): Project {
  const rootManifest = readManifest(snapshot, '');
  const nx = snapshot.files.has('nx.json');
  const turbo = snapshot.files.has('turbo.json');
  const members = memberDirectories(snapshot, rootManifest);
  const isRoot = directory === '' || !hasProject(snapshot, directory);
  const within = (path: string): boolean => directory === '' || path === directory || path.startsWith(`${directory}/`);
  const named = [...only].filter(within);
  const declared = declaredDirectories(snapshot).filter(within);
  if (
    isRoot &&
    members.length === 0 &&
    !hasProject(snapshot, directory) &&
    !snapshot.files.has(joinPath(directory, 'Dockerfile')) &&
    !dockerfiles.has(directory) &&
    named.length === 0 &&
    declared.length === 0
  )
    throw new InitError('PROJECT_MISSING', missingProject(snapshot, directory));
  if (nx) assertNx(rootManifest);
  const candidates = isRoot
    ? named.length > 0
      ? named
      : [...new Set([directory, ...members.filter(within), ...declared])]
    : [directory];
  const apps: App[] = [];
  const unfit: { directory: string; reason: string }[] = [];
  for (const candidate of candidates) {
    const isShell = candidate === directory && members.some(within) && candidates.length > 1;
    const found = describeApp(snapshot, candidate, { rootManifest, nx, turbo, isShell, dockerfiles });
    if (found === undefined) continue;
    if ('reason' in found) unfit.push({ directory: candidate, reason: found.reason });
    else apps.push(found);
  }
  if (apps.length === 0)
    throw new InitError(
      'APP_UNKNOWN',
      unfit.length > 0
        ? unfit.map(({ directory: at, reason }) => `${at || 'This project'}: ${reason}`).join('\n')
        : `No app was found: none of ${candidates.length === 1 ? 'its' : 'the'} package.json files has a "start" script, such as "node server.js", or a server. Add one, then run this again; or write a Dockerfile, which tozo init then uses.`,
    );
  const names = members.flatMap((member) => readManifest(snapshot, member)?.name ?? []);
  return { apps, unfit, members: names, rootManifest, nx, turbo };
}

/** Directories below the root whose deploy.json says that they are apps, whether a workspace lists them or not. */
function declaredDirectories(snapshot: Snapshot): string[] {
  return [...snapshot.files]
    .filter((file) => file.endsWith('/deploy.json') && !file.includes('node_modules/'))
    .map(directoryOf)
    .filter((path) => hasProject(snapshot, path))
    .toSorted();
}

/** By their files: projects that need a Dockerfile of their own. */
const otherLanguages: readonly (readonly [file: RegExp, language: string])[] = [
  [/^(?:requirements\.txt|pyproject\.toml|Pipfile)$/, 'Python'],
  [/^Gemfile$/, 'Ruby'],
  [/^go\.mod$/, 'Go'],
  [/^(?:pom\.xml|build\.gradle(?:\.kts)?)$/, 'Java'],
  [/^composer\.json$/, 'PHP'],
  [/^mix\.exs$/, 'Elixir'],
  [/^Cargo\.toml$/, 'Rust'],
  [/^deno\.jsonc?$/, 'Deno'],
  [/\.(?:csproj|fsproj)$/, '.NET'],
];

function missingProject(snapshot: Snapshot, directory: string): string {
  const own = filesIn(snapshot, directory).filter((file) => !file.includes('/'));
  const [, language] = otherLanguages.find(([pattern]) => own.some((file) => pattern.test(file))) ?? [];
  if (language !== undefined)
    return `This looks like a project of ${language}, without package.json. tozo deploys it by its Dockerfile: write one, then run this again.`;
  return `There's no package.json here: run this in an app's directory, or create one with npm init.`;
}

/** The plugin works with Nx 22 and newer, and Nx fails if nx.json names a plugin that isn't installed. */
function assertNx(manifest: Manifest | undefined): void {
  const all = { ...manifest?.dependencies, ...manifest?.devDependencies };
  const [, major] = /(\d+)/.exec(all['nx'] ?? '') ?? [];
  if (major !== undefined && Number(major) < 22)
    throw new InitError(
      'PEER_UNFIT',
      `This workspace has Nx ${all['nx']}, but @tozo/nx needs Nx 22 or newer: run npx nx migrate latest first.`,
    );
}

function memberDirectories(snapshot: Snapshot, manifest: Manifest | undefined): string[] {
  const patterns = [...(manifest?.workspaces ?? []), ...pnpmPatterns(snapshot)];
  const manifests = [...snapshot.files].filter((file) => /(?:^|\/)(?:package|project)\.json$/.test(file));
  const directories = [...new Set(manifests.map(directoryOf))].filter(
    (path) => path !== '' && !path.includes('node_modules'),
  );
  if (snapshot.files.has('nx.json'))
    return directories
      .filter((path) => snapshot.files.has(`${path}/project.json`) || patterns.length === 0 || matches(path, patterns))
      .toSorted();
  return directories.filter((path) => matches(path, patterns)).toSorted();
}

function matches(path: string, patterns: readonly string[]): boolean {
  const clean = patterns.map((pattern) => pattern.replace(/^(!?)\.?\//, '$1').replace(/\/+$/, ''));
  const included = clean.filter((pattern) => !pattern.startsWith('!'));
  const excluded = clean.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  return (
    included.length > 0 &&
    picomatch.isMatch(path, included) &&
    !(excluded.length > 0 && picomatch.isMatch(path, excluded))
  );
}

function pnpmPatterns({ texts }: Snapshot): string[] {
  try {
    const settings: unknown = parse(texts.get('pnpm-workspace.yaml') ?? '');
    const packages = isObject(settings) ? settings['packages'] : undefined;
    return Array.isArray(packages) ? packages.filter((pattern) => typeof pattern === 'string') : [];
  } catch {
    return [];
  }
}
