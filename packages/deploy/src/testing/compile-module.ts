import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packages = new URL('../../../', import.meta.url);

/**
 * Compiles a module and what it uses of this workspace into one file below `out`, for tests that start processes: loading the
 * sources takes each process many times longer.
 * @param file absolute
 * @returns the absolute path of the compiled file
 */
export async function compileModule(file: string): Promise<string> {
  const outdir = fileURLToPath(new URL('deploy/out/testing', packages));
  const { metafile } = await build({
    entryPoints: [file],
    outdir,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: '/',
    metafile: true,
    bundle: true,
    packages: 'external',
    alias: { '@tozo/registry-pusher': fileURLToPath(new URL('registry-pusher/src/index.ts', packages)) },
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  return `/${Object.keys(metafile.outputs)[0]!}`;
}
