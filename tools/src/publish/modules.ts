import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { packageOf } from '../imports.ts';
import { workspaceRoot } from '../workspace.ts';

/**
 * Writes the modules that users reach, each with the package's own modules that it imports, or that several share in a file
 * of their own: Node takes longer to find many small files than to compile their code. What they import from other packages
 * stays an import, except for `inlined` packages.
 * @param entries compiled modules, as paths in the package
 * @returns what they consist of
 */
export async function writeModules(
  source: string,
  entries: readonly string[],
  target: string,
  version: string,
  inlined: readonly string[],
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: workspaceRoot,
    entryPoints: entries.map((file) => join(source, file)),
    outbase: source,
    outdir: target,
    bundle: true,
    splitting: true,
    // Next to each other, for what looks for a file next to itself.
    chunkNames: 'dist/[name]-[hash]',
    plugins: [otherPackagesExternal(inlined)],
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    define: { TOZO_BUNDLE_VERSION: JSON.stringify(version) },
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

function otherPackagesExternal(inlined: readonly string[]): Plugin {
  return {
    name: 'other-packages-external',
    setup(plugin) {
      plugin.onResolve({ filter: /^[^./]/ }, ({ path }) =>
        inlined.includes(packageOf(path)) ? undefined : { path, external: true },
      );
    },
  };
}
