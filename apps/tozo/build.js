import { cp, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/*
 * node build.js [DIRECTORY]
 *
 * Creates dist/ (or DIRECTORY) with everything the image needs: the two programs with all their imports, and the page's files.
 * The build is reproducible, so a deploy can tell that nothing changed.
 */
const project = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(project, process.argv[2] ?? 'dist');

await rm(dist, { recursive: true, force: true });
await build({
  absWorkingDir: project,
  entryPoints: ['src/server.ts', 'src/migrate.ts'],
  outdir: dist,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['pg-native'],
  // pg is CommonJS and requires Node's modules, but an ES module has no require.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await writeFile(`${dist}/package.json`, '{ "type": "module" }\n');
await cp(`${project}src/public`, `${dist}/public`, { recursive: true });
