import { outputsOf } from './build-outputs.ts';
import type { Manifest } from './manifest.ts';
import { directoryOf, filesIn, joinPath, type Snapshot } from './snapshot.ts';
import type { Start } from './start.ts';

const runtimeDirectories = [
  'public',
  'static',
  'views',
  'templates',
  'assets',
  'locales',
  'i18n',
  'migrations',
  'prisma',
  'drizzle',
];
const notRuntime =
  /^(?:\..*|node_modules|out|coverage|tests?|__tests__|e2e|spec|docs?|examples?|benchmarks?|dist|build|tmp|.*\.md|LICENSE.*|.*\.config\.\w+|.*\.(?:test|spec)\.\w+|tsconfig.*\.json|package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|nx\.json|turbo\.json|project\.json|deploy\.json|app\.json|Procfile|heroku\.yml|Dockerfile.*|Containerfile|docker-compose.*|compose\.ya?ml|.*\.tf|infrastructure\.m?[jt]s|Makefile|.*\.log|.*\.sh)$/i;

/** What a migration reads. */
const migrationFiles =
  /^(?:config|db|database|models|seed(?:er)?s|migrations?|sql|\.sequelizerc|knexfile\.\w+|ormconfig\.\w+|(?:prisma|drizzle|mikro-orm)\.config\.\w+)$/;

/** What package.json's `files` has to list. */
export interface ImageFiles {
  /** Undefined if image-deps finds the files without. */
  readonly files?: readonly string[];
  /** Whether it's unknown where the build writes to. */
  readonly unknownOutput?: boolean;
}

/** Concludes from what is tracked, and from what the build writes, which files the image needs. */
export function filesFor(snapshot: Snapshot, directory: string, manifest: Manifest, start: Start): ImageFiles {
  if (manifest.files !== undefined) return {};
  const own = filesIn(snapshot, directory);
  const top = new Set(own.map((path) => path.split('/')[0]!));
  const { file } = start;
  const named = [...new Set([...(file === undefined ? [] : [file]), ...start.words.map((word) => joinPath(word))])];
  const tracked = named.filter(
    (path) => path !== '' && (snapshot.files.has(joinPath(directory, path)) || top.has(path)),
  );
  const built = named.filter((path) => !tracked.includes(path) && isOutput(path));
  const outputs = outputsOf(snapshot, directory, manifest);
  const known = [...new Set([...built.map((path) => path.split('/')[0]!), ...(outputs ?? [])])].filter(
    (name) => !tracked.includes(name),
  );
  const extra = [...top].filter(
    (name) => runtimeDirectories.includes(name) || (start.release !== undefined && migrationFiles.test(name)),
  );
  const runsSources = tracked.length > 0 || (built.length === 0 && (file === undefined || !file.includes('/')));
  if (!runsSources) {
    const cache = known.includes('.next')
      ? ['!.next/cache', ...own.filter((path) => /^next\.config\.\w+$/.test(path))]
      : [];
    const isDefault = known.length === 1 && known[0] === 'dist' && extra.length === 0;
    return isDefault ? {} : { files: [...known, ...cache, ...extra] };
  }
  const sources = [
    ...[...top].filter((name) => isSource(name) && !isPageSource(name)),
    ...tracked.map((path) => path.split('/')[0]!),
    ...extra.filter((name) => start.release !== undefined && migrationFiles.test(name)),
    ...(file !== undefined && !file.includes('/') ? [file] : []),
  ];
  return {
    files: [...new Set([...known, ...sources.toSorted()])],
    ...(outputs === undefined && built.length === 0 ? { unknownOutput: true } : {}),
  };

  function isSource(name: string): boolean {
    if (notRuntime.test(name)) return false;
    const workspaces = [...manifest.workspaces, 'packages', 'apps', 'libs'].map((pattern) => pattern.split('/')[0]!);
    return directory !== '' || !workspaces.includes(name) || file?.startsWith(`${name}/`) === true;
  }

  /** The sources of a page aren't those of its server. */
  function isPageSource(name: string): boolean {
    if (known.length === 0 || !top.has('index.html')) return false;
    return name === 'index.html' || name === 'public' || (name === 'src' && directoryOf(file ?? '') !== 'src');
  }
}

/** Whether a word names a file that a build writes. */
function isOutput(path: string): boolean {
  return /^[\w.@-]+(?:\/[\w.@-]+)+$/.test(path) && !/^(?:\.\.|node_modules|@[\w-]+)\//.test(path);
}
