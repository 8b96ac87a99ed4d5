import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';
import { bundledDirectories, externalPackages, writeBundle } from './bundle.ts';
import { copyFile } from './copy-file.ts';
import { renderLicenses } from './licenses.ts';
import { entryFiles, type PackageManifest, toPublished } from './manifest.ts';
import { writeModules } from './modules.ts';
import { packagePlans } from './plans.ts';
import { findReachable } from './reachable.ts';

/** Every package has these files. */
const documents = ['LICENSE', 'README.md'];
const licensesFile = 'THIRD-PARTY-LICENSES.txt';
const migrationsFile = 'migrations.json';

/**
 * Writes `package/` in a package's directory, which is what gets published: compiled modules, declarations, bundles and a
 * package.json of its own. Its modules must be compiled.
 * @param root relative to the workspace
 * @throws Error if a published file imports what isn't declared
 */
export async function writePackage(root: string): Promise<string> {
  const source = join(workspaceRoot, root);
  const target = join(source, 'package');
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as PackageManifest;
  const { bundles = [], inlined = [], copies = {} } = packagePlans[manifest.name] ?? {};
  await rm(target, { recursive: true, force: true });

  const metafiles = await Promise.all(bundles.map((bundle) => writeBundle(bundle, target, manifest.version)));
  const bundleFiles = bundles.map(({ file }) => file);
  const draft = toPublished(manifest, bundles, new Set());
  const own = entryFiles(draft).filter((file) => !bundleFiles.includes(file) && !(file in copies));
  const modules = own.filter((file) => /^dist\/.*\.js$/.test(file));
  const { files, packages } = await findReachable(
    source,
    own.filter((file) => !modules.includes(file)),
  );
  if (modules.length > 0) metafiles.push(await writeModules(source, modules, target, manifest.version, inlined));
  const imported = new Set([...packages, ...metafiles.flatMap(externalPackages)]);
  assertDeclared(toPublished(manifest, bundles, imported), imported);

  for (const file of files) await copyFile(join(source, file), join(target, file));
  for (const [file, from] of Object.entries(copies)) await copyFile(join(workspaceRoot, from), join(target, file));
  for (const file of documents) await copyFile(join(source, file), join(target, file));
  await copyFile(join(workspaceRoot, 'CHANGELOG.md'), join(target, 'CHANGELOG.md'));
  if (files.has(migrationsFile)) await stampMigrations(join(target, migrationsFile), manifest.version);
  if (bundles.length + inlined.length > 0)
    await writeFile(join(target, licensesFile), await renderLicenses(metafiles.flatMap(bundledDirectories)));
  const published = { ...toPublished(manifest, bundles, imported), files: await publishedFiles(target) };
  await writeFile(join(target, 'package.json'), `${JSON.stringify(published, undefined, 2)}\n`);
  return target;
}

/** Everything but the bundles' maps. */
async function publishedFiles(target: string): Promise<string[]> {
  return [...(await readdir(target)).toSorted(), '!**/*.map'];
}

/** Nx runs a migration if its version is newer than what's installed. One of the version VERSION belongs to every release. */
async function stampMigrations(file: string, version: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replaceAll('"VERSION"', JSON.stringify(version)));
}

function assertDeclared(manifest: PackageManifest, imported: ReadonlySet<string>): void {
  const { name, dependencies, peerDependencies } = manifest;
  const declared = { [name]: '', ...dependencies, ...peerDependencies };
  const missing = [...imported].filter((specifier) => !isNodeModule(specifier) && !(specifier in declared));
  if (missing.length > 0)
    throw new Error(`${name} is missing dependencies that its files import: ${missing.join(', ')}`);
}

/** Some of Node's modules exist only in later versions, and always have the prefix. */
function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:') || isBuiltin(specifier);
}
