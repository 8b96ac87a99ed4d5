import { isBuiltin } from 'node:module';
import { build } from 'esbuild';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { type PublishedPackage, readPackages } from './packages.ts';

/** Measures the import of each package's main entry, in turns with that of what it imports before any of its code runs. */
export async function measureImports(rounds: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const published of await readPackages()) {
    const dependencies = await eagerDependencies(published);
    const own: number[] = [];
    const others: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const [withOwn, without] = [
        await importing(published, [published.entry]),
        await importing(published, dependencies),
      ];
      if (round < 0) continue;
      own.push(withOwn);
      others.push(without);
    }
    findings.push({
      name: `import of ${published.name}, more than its ${dependencies.length} eager dependencies, ms`,
      values: own.map((value, index) => value - others[index]!),
      goal: { max: 30 },
    });
  }
  return findings;
}

/** Returns the milliseconds of imports in a new process. */
async function importing({ directory }: PublishedPackage, specifiers: readonly string[]): Promise<number> {
  const code = `const started = performance.now();
for (const specifier of ${JSON.stringify(specifiers)}) await import(specifier);
console.log(performance.now() - started);`;
  const { stdout } = await runCommand(process.execPath, ['--input-type=module', '--eval', code], { cwd: directory });
  return Number(stdout);
}

/** Returns Node's modules and the packages that an entry imports statically, by itself or through other files of the package. */
async function eagerDependencies({ entry, directory }: PublishedPackage): Promise<string[]> {
  const { outputs } = (
    await build({
      entryPoints: [entry],
      absWorkingDir: directory,
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
