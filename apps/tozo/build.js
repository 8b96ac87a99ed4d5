import { cp, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/*
 * node build.js [FOLDER]
 *
 * Makes dist/ (or FOLDER), which holds all that the image needs: the two programs with everything they import, and the
 * page's files. The same sources give the same bytes, so that a deploy of what runs already can be seen to change nothing.
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
  // pg is CommonJS and asks for Node's own modules by require, which an ES module does not have.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
await writeFile(`${dist}/package.json`, '{ "type": "module" }\n');
await cp(`${project}src/public`, `${dist}/public`, { recursive: true });
