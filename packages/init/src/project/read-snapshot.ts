import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { lockFileNames } from './manager.ts';
import type { Snapshot } from './snapshot.ts';

const run = promisify(execFile);
const maxBuffer = 64 * 2 ** 20;
const maxFiles = 20_000;
const maxTexts = 2000;
const maxBytes = 256 * 1024;

/** What is read besides the sources of servers. Lock files only show their first lines, which tell the format. */
const settings =
  /(?:^|\/)(?:package\.json|project\.json|nx\.json|turbo\.json|pnpm-workspace\.yaml|\.yarnrc\.yml|tsconfig(?:\.\w+)?\.json|next\.config\.\w+|Dockerfile[\w.-]*|[\w.-]*\.Dockerfile|\.dockerignore|\.gitignore|\.gitlab-ci\.yml|deploy\.json|infrastructure\.m?[jt]s|heroku\.yml|Procfile|app\.json|[\w.-]+\.(?:tf|sh|bash))$/;
const sources = /\.[cm]?[jt]sx?$/;
const noSources =
  /(?:^|\/)(?:node_modules|dist|build|out|coverage|__tests__|tests?|e2e|docs|\.[^/]+)\/|\.(?:test|spec|d)\.\w+$|\.min\.js$/;

/**
 * Returns the directory that a project's files are relative to: of its Git repository, or else of the nearest lock file, or else
 * the directory itself. Also returns the directory relative to it.
 */
export async function findRoot(directory: string): Promise<{ root: string; directory: string }> {
  const start = resolve(directory);
  let root: string | undefined;
  for (let at = start; root === undefined; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) root = at;
    else if (dirname(at) === at) root = lockRoot(start) ?? start;
  }
  return { root, directory: relative(root, start).split(sep).join('/') };
}

function lockRoot(start: string): string | undefined {
  for (let at = start; ; at = dirname(at)) {
    if (lockFileNames.some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Reads what `planInit` concludes from. @param more files to read in addition, relative to the root */
export async function readSnapshot(root: string, more: readonly string[] = []): Promise<Snapshot> {
  let gitError: string | undefined;
  const git = async (...args: string[]): Promise<string | undefined> => {
    try {
      return (await run('git', args, { cwd: root, maxBuffer })).stdout;
    } catch (error) {
      const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
      if (args[0] === 'ls-files') gitError = code === 'ENOENT' ? "git isn't installed" : firstLine(stderr);
      return undefined;
    }
  };
  const isRepository = existsSync(join(root, '.git'));
  const [listed, status, remote] = isRepository
    ? await Promise.all([
        git('ls-files', '-z', '--cached', '--others', '--exclude-standard'),
        git('status', '--porcelain', '-z', '--untracked-files=all', '--no-renames'),
        git('config', '--get', 'remote.origin.url'),
      ])
    : [];
  const paths = listed === undefined ? await walk(root) : listed.split('\0').filter((path) => path !== '');
  const existing = [...new Set([...paths.slice(0, maxFiles), ...more])].filter((path) => existsSync(join(root, path)));
  const wanted = existing
    .filter((path) => settings.test(path) || more.includes(path) || isLock(path) || isSource(path))
    .toSorted((a, b) => Number(sources.test(a)) - Number(sources.test(b)) || depth(a) - depth(b))
    .slice(0, maxTexts);
  const texts = await Promise.all(
    wanted.map(async (path) => [path, await readText(join(root, path), isLock(path))] as const),
  );
  return {
    name: basename(root),
    files: new Set(existing),
    texts: new Map(texts.filter((entry): entry is readonly [string, string] => entry[1] !== undefined)),
    isRepository: isRepository && listed !== undefined,
    needsTsx: !('typescript' in process.features && process.features.typescript),
    ...(gitError === undefined ? {} : { gitError }),
    uncommitted: new Set((status ?? '').split('\0').flatMap((line) => (line === '' ? [] : [line.slice(3)]))),
    ...(remote?.trim() ? { remote: remote.trim() } : {}),
  };
}

const firstLine = (text = ''): string =>
  text
    .trim()
    .split('\n')[0]!
    .replace(/^fatal: /, '');
const isLock = (path: string): boolean => lockFileNames.includes(basename(path));
const isSource = (path: string): boolean => sources.test(path) && !noSources.test(path);
const depth = (path: string): number => path.split('/').length;

async function readText(path: string, onlyStart: boolean): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > maxBytes && !onlyStart) return undefined;
    const text = await readFile(path, 'utf8');
    return onlyStart ? text.slice(0, 2000) : text;
  } catch {
    return undefined;
  }
}

async function walk(root: string): Promise<string[]> {
  const found: string[] = [];
  const pending = [''];
  for (let at = pending.shift(); at !== undefined && found.length < maxFiles; at = pending.shift()) {
    const entries = await readdir(join(root, at), { withFileTypes: true }).catch(() => []);
    for (const { name, isDirectory, isFile } of entries.map((entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory(),
      isFile: entry.isFile(),
    }))) {
      const path = at === '' ? name : `${at}/${name}`;
      if (isFile) found.push(path);
      else if (isDirectory && !['node_modules', '.git', '.nx', '.next', '.turbo', 'out'].includes(name))
        pending.push(path);
    }
  }
  return found;
}
