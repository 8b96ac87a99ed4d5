/** A project as it's on disk: pure data, so that everything concluded from it can be tested without a disk. */
export interface Snapshot {
  /** The root directory's name. */
  readonly name: string;
  /** All files that aren't ignored, relative to the root, with `/`. */
  readonly files: ReadonlySet<string>;
  /** The texts of those that are read: settings, manifests, and the sources of servers. */
  readonly texts: ReadonlyMap<string, string>;
  readonly isRepository: boolean;
  /** Why Git can't read the repository that is there. */
  readonly gitError?: string;
  /** Files that differ from the last commit, or aren't in it. */
  readonly uncommitted: ReadonlySet<string>;
  /** Whether this Node.js runs TypeScript only with tsx. */
  readonly needsTsx?: boolean;
  /** The URL of the Git remote `origin`. */
  readonly remote?: string;
}

/** Joins paths relative to the root. The root itself is the empty path. */
export function joinPath(...parts: readonly string[]): string {
  const names = parts.flatMap((part) => part.split('/')).filter((name) => name !== '' && name !== '.');
  return names.reduce<string[]>((path, name) => (name === '..' ? path.slice(0, -1) : [...path, name]), []).join('/');
}

export function directoryOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** Returns a path relative to a directory. Both are relative to the root. */
export function relativePath(from: string, to: string): string {
  const [start, end] = [from, to].map((path) => path.split('/').filter((name) => name !== ''));
  let shared = 0;
  while (shared < start!.length && start![shared] === end![shared]) shared += 1;
  return [...start!.slice(shared).map(() => '..'), ...end!.slice(shared)].join('/') || '.';
}

/** Whether a directory is a package, or a project of Nx. */
export function hasProject({ files }: Snapshot, directory: string): boolean {
  return files.has(joinPath(directory, 'package.json')) || files.has(joinPath(directory, 'project.json'));
}

/** Returns a directory's files, relative to it. */
export function filesIn({ files }: Snapshot, directory: string): string[] {
  if (directory === '') return [...files];
  const prefix = `${directory}/`;
  return [...files].filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length));
}

/** Returns the nearest file of these names in a directory or above it, and undefined if there is none. */
export function findAbove({ files }: Snapshot, directory: string, names: readonly string[]): string | undefined {
  for (let at = directory; ; at = directoryOf(at)) {
    const found = names.map((name) => joinPath(at, name)).find((path) => files.has(path));
    if (found !== undefined || at === '') return found;
  }
}
