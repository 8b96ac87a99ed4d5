import { cp, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { readPackages, workspace } from './packages.ts';
import { measureProcessorTime } from './processor-time.ts';

/** Below this workspace, so that third-party packages are found in it. */
const directory = join(workspace, 'benchmarks/out/imports');

/** Measures the import of each package's main entry, in turns with that of what it imports before any of its code runs. */
export async function measureImports(rounds: number): Promise<Finding[]> {
  const packages = await readPackages();
  await rm(directory, { recursive: true, force: true });
  for (const { name, directory: published } of packages)
    await cp(published, join(directory, 'node_modules', name), { recursive: true });
  const measured = [];
  for (const { name, entry } of packages) {
    const [dependencies, peers] = [await eagerDependencies(entry), await eagerPeers(name)];
    measured.push({ name, dependencies, peers, own: [] as number[], others: [] as number[] });
  }
  // The first round isn't counted. A round measures all packages, so that a busy moment doesn't hit one of them only.
  for (let round = -1; round < rounds; round++)
    for (const { name, dependencies, peers, own, others } of measured) {
      const [withOwn, without] = [await importing(name, [name]), await importing(name, dependencies, peers)];
      if (round < 0) continue;
      own.push(withOwn);
      others.push(without);
    }
  return measured.map(({ name, dependencies, peers, own, others }) => ({
    name: `import of ${name}, more than its ${dependencies.length + peers.length} eager dependencies, ms of processor time`,
    values: own.map((value, index) => value - others[index]!),
    goal: { max: 30 },
  }));
}

/**
 * Returns the milliseconds of processor time that imports by a package take in a new process.
 * @param required peers, in CommonJS
 */
async function importing(
  name: string,
  specifiers: readonly string[],
  required: readonly string[] = [],
): Promise<number> {
  return measureProcessorTime(
    join(directory, 'node_modules', name),
    "const require = process.getBuiltinModule('module').createRequire(process.cwd() + '/package.json');",
    `for (const specifier of ${JSON.stringify(required)}) require(specifier);
for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);`,
  );
}

/** Returns the peers that a package loads by name when it's imported: they're in CommonJS. */
async function eagerPeers(name: string): Promise<string[]> {
  const manifest = await readFile(join(directory, 'node_modules', name, 'package.json'), 'utf8');
  const { peerDependencies = {} } = JSON.parse(manifest) as { peerDependencies?: Record<string, string> };
  const code = `await import('${name}');
console.log(Object.keys((await import('node:module')).default._cache).join('\\n'));`;
  const loaded = await evaluate(name, code);
  return Object.keys(peerDependencies).filter((peer) => loaded.includes(`/node_modules/${peer}/`));
}

/** Runs a module in a package's directory. Returns what it prints. */
async function evaluate(name: string, code: string): Promise<string> {
  const cwd = join(directory, 'node_modules', name);
  return (await runCommand(process.execPath, ['--input-type=module', '--eval', code], { cwd })).stdout;
}

/** Returns Node's modules and the packages that an entry imports statically, by itself or through other files of the package. */
async function eagerDependencies(entry: string): Promise<string[]> {
  const { outputs } = (
    await build({
      entryPoints: [entry],
      absWorkingDir: dirname(entry),
      outdir: '.',
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'node',
      plugins: [
        {
          name: 'packages-stay-outside',
          setup: (plugin) => plugin.onResolve({ filter: /^[^./]/ }, ({ path }) => ({ path, external: true })),
        },
      ],
      logLevel: 'error',
    })
  ).metafile;
  const found = new Set<string>();
  const seen = new Set<string>();
  const pending = Object.entries(outputs).flatMap(([file, { entryPoint }]) => (entryPoint === undefined ? [] : [file]));
  const [main] = pending;
  const queue = main === undefined ? [] : [main];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const { path, kind, external } of outputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue;
      if (external) found.add(path);
      else queue.push(path);
    }
  }
  return [...found].toSorted((a, b) => Number(isBuiltin(b)) - Number(isBuiltin(a)));
}
