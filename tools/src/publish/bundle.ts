import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { workspaceRoot } from '../workspace.ts';
import { packageOf } from '../imports.ts';
import { type Bundle, neverBundled } from './plans.ts';

/** CommonJS modules in the bundle require Node's own modules. */
const banner = `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);`;

/**
 * Writes a bundle and, next to it, its source map, which isn't published: the same sources give the same bundle and map.
 * @returns what it consists of
 */
export async function writeBundle(
  { entry, file, imports, requires = [] }: Bundle,
  directory: string,
  version: string,
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: workspaceRoot,
    entryPoints: [entry],
    outfile: join(directory, file),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    conditions: ['@tozo/source'],
    external: neverBundled,
    define: { TOZO_BUNDLE_VERSION: JSON.stringify(version) },
    banner: { js: banner },
    plugins: [...(imports === undefined ? [] : [importsFrom(imports)]), withoutLocales, lazyModules(requires)],
    minify: true,
    legalComments: 'none',
    sourcemap: 'external',
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

/** zod's messages in some fifty languages are a fifth of the code of the command, which only speaks English. */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup(plugin) {
    plugin.onLoad({ filter: /\/node_modules\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/**
 * Node's own modules, and the packages that stay outside, load with the first of our modules that needs them: as imports of
 * the bundle, all of them would load with every command.
 */
function lazyModules(packages: readonly string[]): Plugin {
  const namespace = 'required';
  return {
    name: 'lazy-modules',
    setup(plugin) {
      plugin.onResolve({ filter: /^[^.]/ }, ({ path, namespace: from }) => {
        if (!isBuiltin(path) && !packages.includes(packageOf(path))) return undefined;
        return from === namespace ? { path, external: true } : { path, namespace };
      });
      plugin.onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
      }));
    },
  };
}

/** What the bundle imports when it runs is in another bundle. */
function importsFrom(bundle: string): Plugin {
  return {
    name: 'imports-from',
    setup(plugin) {
      plugin.onResolve({ filter: /./ }, ({ kind, path }) =>
        kind === 'dynamic-import' && !isBuiltin(path) ? { path: bundle, external: true } : undefined,
      );
    },
  };
}

/** Returns the packages that a bundle leaves to its users, and that it therefore imports by name. */
export function externalPackages({ outputs }: Metafile): string[] {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const packages = imports.filter(({ external, path }) => external && !path.startsWith('.'));
  return [...new Set(packages.map(({ path }) => packageOf(path)))];
}

/** Returns the directories of the third-party packages in a bundle, relative to the workspace, sorted. */
export function bundledDirectories({ outputs }: Metafile): string[] {
  const inputs = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const directories = inputs.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(directories)].toSorted();
}
