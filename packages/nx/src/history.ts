import { spawn } from 'node:child_process';

/** One step of the history, and the files that it changes. Without a parent, the repository's first commit. */
export interface Step {
  readonly commit: string;
  readonly parent: string | undefined;
  readonly files: readonly string[];
  /** What each of these files contains afterwards: git's ID of it, zeros if the file was removed. */
  readonly contents: readonly string[];
}

export interface ReadHistoryOptions {
  /** A directory of the clone. */
  readonly cwd: string;
  /** The commit where the history ends, and which isn't part of it. Default: none. */
  readonly since?: string | undefined;
  /** At most so many commits. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns the steps from HEAD back to a commit, with the files that each changes, relative to the repository's root. A merge
 * has one step for each parent. Throws an Error with git's own words.
 */
export async function readHistory({ cwd, since, limit, signal }: ReadHistoryOptions): Promise<Step[]> {
  const range = ['HEAD', ...(since ? [`^${since}`] : [])];
  const list = await git(cwd, ['rev-list', '--topo-order', '--parents', '-n', String(limit), ...range], '', signal);
  const edges = list
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const [commit = '', ...parents] = line.split(' ');
      return (parents.length > 0 ? parents : [undefined]).map((parent) => ({ commit, parent }));
    });
  const input = edges.map(({ commit, parent }) => `${[commit, parent].filter(Boolean).join(' ')}\n`).join('');
  const diffs = parseDiffs(
    await git(cwd, ['diff-tree', '--stdin', '--root', '--always', '--raw', ...diffOptions], input, signal),
  );
  return edges.map((edge, index) => {
    const changes = diffs[index] ?? [];
    return { ...edge, files: changes.map(({ file }) => file), contents: changes.map(({ content }) => content) };
  });
}

/** Returns the files that differ between two commits or trees, relative to the repository's root. Throws an Error with git's own words. */
export async function readChangedFiles(
  cwd: string,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const output = await git(cwd, ['diff-tree', '--name-only', ...diffOptions, base, head], '', signal);
  return output.split('\0').filter(Boolean);
}

/** Renames count as two files, and a submodule as a file, also if .gitmodules says that git should ignore it. */
const diffOptions = ['-r', '--no-renames', '--ignore-submodules=none', '-z'];

interface FileChange {
  readonly file: string;
  readonly content: string;
}

/** Every pair begins with its first commit, also one without a difference, and every file with a field that begins with `:`. */
function parseDiffs(output: string): FileChange[][] {
  const diffs: FileChange[][] = [];
  const fields = output.split('\0');
  for (let index = 0; index < fields.length - 1; index += 1) {
    const field = fields[index]!;
    if (field.startsWith(':')) diffs.at(-1)?.push({ file: fields[(index += 1)]!, content: field.split(' ')[3] ?? '' });
    else diffs.push([]);
  }
  return diffs;
}

/** Returns what git prints. Rejects with git's own words. */
export function git(cwd: string, args: readonly string[], input: string, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, env: { ...process.env, LC_ALL: 'C' }, ...(signal && { signal }) });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new Error(`git ${args[0]} failed in ${cwd}: ${stderr.trim()}`)),
    );
    child.stdin.on('error', () => undefined).end(input);
  });
}
