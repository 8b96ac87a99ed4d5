import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';

const packages = fileURLToPath(new URL('packages', import.meta.url));

/**
 * Compiles the packages into the project's `out/compiled/node_modules/@tozo`, for suites that start processes. Compiled
 * code is what users install, and starts faster than sources. A directory per project keeps parallel builds apart.
 */
export default async function compile({ config }: TestProject): Promise<void> {
  const names = await readdir(packages);
  await Promise.all(
    names.map((name) =>
      compilePackage(join(packages, name), join(config.root, 'out/compiled/node_modules/@tozo', name)),
    ),
  );
}

async function compilePackage(from: string, to: string): Promise<void> {
  const files = await readdir(join(from, 'src'), { recursive: true });
  const entryPoints = files.filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(file));
  await mkdir(to, { recursive: true });
  await Promise.all([
    cp(join(from, 'package.json'), join(to, 'package.json')),
    cp(join(from, 'bin'), join(to, 'bin'), { recursive: true }).catch(ifAbsent),
    cp(join(from, 'fidelity.jsonl'), join(to, 'fidelity.jsonl')).catch(ifAbsent),
    build({
      entryPoints: entryPoints.map((file) => join(from, 'src', file)),
      outbase: join(from, 'src'),
      outdir: join(to, 'dist'),
      bundle: true,
      packages: 'external',
      plugins: [fileByFile],
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
    }),
  ]);
}

/** Renames imports without following them. esbuild only calls plugins when it bundles. */
const fileByFile: Plugin = {
  name: 'file-by-file',
  setup: (plugin) =>
    plugin.onResolve({ filter: /^\.\.?\// }, ({ path }) => ({ path: path.replace(/\.ts$/, '.js'), external: true })),
};

function ifAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
