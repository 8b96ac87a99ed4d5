import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { compiledPackages } from './compiled.ts';

const packages = fileURLToPath(new URL('../../../packages', import.meta.url));

/**
 * Compiles the packages into a node_modules of their own before the first test: what runs is what people install, and
 * starts sooner. Types are checked elsewhere, and what builds the packages for others at the same time is not met.
 */
export default async function compile(): Promise<void> {
  await Promise.all((await readdir(packages)).map(compilePackage));
}

async function compilePackage(name: string): Promise<void> {
  const [from, to] = [join(packages, name), join(compiledPackages, name)];
  const files = await readdir(join(from, 'src'), { recursive: true });
  const entryPoints = files.filter((file) => file.endsWith('.ts') && !/\.test\.ts$|(^|\/)testing\//.test(file));
  await mkdir(to, { recursive: true });
  await Promise.all([
    cp(join(from, 'package.json'), join(to, 'package.json')),
    cp(join(from, 'bin'), join(to, 'bin'), { recursive: true }).catch(ifAbsent),
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

/** Bundling is on only for this: it lets imports be renamed, and none is followed. */
const fileByFile: Plugin = {
  name: 'file by file',
  setup: (plugin) =>
    plugin.onResolve({ filter: /^\.\.?\// }, ({ path }) => ({ path: path.replace(/\.ts$/, '.js'), external: true })),
};

function ifAbsent(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
