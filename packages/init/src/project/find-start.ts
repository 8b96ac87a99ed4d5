import type { Framework } from './framework.ts';
import { findManager } from './manager.ts';
import { parseJsonObject, type Manifest } from './manifest.ts';
import { filesIn, joinPath, type Snapshot } from './snapshot.ts';
import { parseStart, replaceServer, type Start, type Unfit } from './start.ts';

const startScripts = ['start:prod', 'start:production', 'start', 'serve'];
const entries = ['server', 'index', 'app', 'main', 'src/server', 'src/index', 'src/app', 'src/main'];

/**
 * Returns how an app starts, by its scripts or else by its sources; or why its scripts can't start it in an image; or undefined
 * if it isn't an app.
 * @param manifest with the devDependencies of the workspace's root, whose commands scripts find, too
 */
export function findStart(
  snapshot: Snapshot,
  directory: string,
  manifest: Manifest,
  framework: Framework,
): Start | Unfit | undefined {
  const { scripts, main } = manifest;
  const names = startScripts.filter((name) => name in scripts);
  if (framework === 'next') {
    const server = nextStart(snapshot, directory);
    return names[0] === undefined ? server : replaceServer(names[0], manifest, server);
  }
  const parsed = names.map((name) => ({ name, start: parseStart(name, manifest) }));
  const starts = parsed.flatMap(({ name, start }) =>
    start !== undefined && 'command' in start && (start.file !== undefined || name.startsWith('start')) ? [start] : [],
  );
  const good = starts.find(({ file }) => file !== undefined) ?? starts[0];
  if (good !== undefined) return resolved(snapshot, directory, main, good);
  const [unfit] = parsed.flatMap(({ start }) => (start !== undefined && 'program' in start ? [start] : []));
  if (unfit?.package !== undefined) return unfit;
  return entryOf(snapshot, directory, manifest) ?? unfit;
}

function entryOf(snapshot: Snapshot, directory: string, { main, scripts }: Manifest): Start | undefined {
  const entry: string | undefined = [
    main,
    ...entries.flatMap((name) => ['.js', '.mjs', '.cjs'].map((end) => name + end)),
  ].find((file) => {
    const text = file === undefined ? undefined : snapshot.texts.get(joinPath(directory, file));
    return text !== undefined && /\.listen\s*\(|\bserve\s*\(/.test(text);
  });
  const file =
    entry?.replace(/^\.\//, '') ??
    ('build' in scripts ? builtEntry(snapshot, directory, scripts['build'] ?? '') : undefined);
  return file === undefined ? undefined : { command: ['node', file], file, words: [file] };
}

function nextStart(snapshot: Snapshot, directory: string): Start {
  if (!usesStandalone(snapshot, directory))
    return { command: ['node', 'node_modules/next/dist/bin/next', 'start'], file: '.next/BUILD_ID', words: [] };
  const lock = findManager(snapshot, directory, undefined).root;
  // Next mirrors the workspace: apps/web/server.js.
  const path = directory === lock ? 'server.js' : `${directory.slice(lock === '' ? 0 : lock.length + 1)}/server.js`;
  return { command: ['node', path], file: path, words: [] };
}

/** Whether Next writes an app that brings its own dependencies. */
export function usesStandalone(snapshot: Snapshot, directory: string): boolean {
  return filesIn(snapshot, directory).some(
    (file) =>
      /^next\.config\.\w+$/.test(file) &&
      /output:\s*["'`]standalone/.test(snapshot.texts.get(joinPath(directory, file)) ?? ''),
  );
}

/** Names the file that Node finds: a script may name a module without its extension, or a directory. */
function resolved(snapshot: Snapshot, directory: string, main: string | undefined, start: Start): Start {
  const { file, command } = start;
  if (file === undefined) return start;
  const path = file.replace(/\/+$/, '').replace(/^\.$/, '');
  const real =
    moduleFile(snapshot, directory, path, main) ?? (/\.[cm]?[jt]s$/.test(path) ? path : builtModule(path, main));
  const names = (word: string): boolean => word.replace(/^\.\//, '') === file;
  const isShell = command[0] === 'sh';
  return {
    ...start,
    command: isShell ? command : command.map((word) => (names(word) ? real : word)),
    file: real,
    words: [real, ...start.words.filter((word) => !names(word))],
  };
}

/** Returns the tracked file that Node finds by a path: the exact name first. */
function moduleFile(snapshot: Snapshot, directory: string, path: string, main?: string): string | undefined {
  const has = (file: string): boolean => snapshot.files.has(joinPath(directory, file));
  const inner = path === '' ? main : mainOf(snapshot, joinPath(directory, path));
  const inside = [...(inner === undefined ? [] : [inner, `${inner}.js`, `${inner}/index.js`]), 'index.js', 'index.mjs'];
  return [
    ...(path === '' ? [] : ['', '.js', '.mjs', '.cjs', '.json', '.node'].map((end) => path + end)),
    ...inside.map((file) => joinPath(path, file)),
  ].find(has);
}

function mainOf({ texts }: Snapshot, directory: string): string | undefined {
  const file = joinPath(directory, 'package.json');
  const text = texts.get(file);
  const main = text === undefined ? undefined : parseJsonObject(text, file)['main'];
  return typeof main === 'string' ? main : undefined;
}

/** The file that a build writes. */
function builtModule(path: string, main: string | undefined): string {
  if (path === '') return main === undefined ? 'index.js' : joinPath(main);
  return /^(?:dist|build|out|lib)$/.test(path) ? `${path}/index.js` : `${path}.js`;
}

function builtEntry(snapshot: Snapshot, directory: string, build: string): string | undefined {
  const isTsc = /\btsc\b|\btsup\b|\besbuild\b|\bswc\b|\bnest build\b/.test(build);
  if (!isTsc) return undefined;
  const source = ['src/server.ts', 'src/main.ts', 'src/index.ts', 'src/app.ts', 'server.ts', 'index.ts'].find((file) =>
    /\.listen\s*\(|\bserve\s*\(/.test(snapshot.texts.get(joinPath(directory, file)) ?? ''),
  );
  if (source === undefined) return undefined;
  const settings = snapshot.texts.get(joinPath(directory, 'tsconfig.json')) ?? '';
  const out = /"outDir"\s*:\s*"(?:\.\/)?([^"]+?)\/?"/.exec(settings)?.[1] ?? 'dist';
  const path =
    source.startsWith('src/') && !/"rootDir"\s*:\s*"\.\/?"/.test(settings) ? source.slice('src/'.length) : source;
  return `${out}/${path.replace(/\.ts$/, '.js')}`;
}
