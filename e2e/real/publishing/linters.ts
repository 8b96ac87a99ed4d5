import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installTool, userEnvironment } from './tools.ts';

interface Publint {
  publint(options: { pkgDir: string; strict: boolean }): Promise<{ messages: readonly { code: string }[] }>;
}

interface AreTheTypesWrong {
  createPackageFromTarballData(tarball: Uint8Array): object;
  checkPackage(package_: object): Promise<{ problems?: readonly Problem[] }>;
}

interface Problem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

/** The packages are ESM only: Node's require() loads them, older resolutions don't find all exports. */
const ignoredResolutions = ['node10', 'node16-cjs'];

/** Returns a function that finds what is wrong with a package as others would import it. */
export async function loadLinters(): Promise<(packageDirectory: string, temporary: string) => Promise<string[]>> {
  const modules = await installTool('lint');
  const linter = (await import(join(modules, 'publint/src/index-node.js'))) as Publint;
  const types = (await import(join(modules, '@arethetypeswrong/core/dist/index.js'))) as AreTheTypesWrong;
  return async (packageDirectory, temporary) => {
    const { messages } = await linter.publint({ pkgDir: packageDirectory, strict: true });
    const tarball = await readFile(await pack(packageDirectory, temporary));
    const { problems = [] } = await types.checkPackage(types.createPackageFromTarballData(tarball));
    const found = problems.filter(({ resolutionKind }) => !ignoredResolutions.includes(resolutionKind ?? ''));
    return [
      ...messages.map((message) => JSON.stringify(message)),
      ...found.map(({ kind, entrypoint, resolutionKind }) => `${kind}: ${entrypoint} (${resolutionKind})`),
    ];
  };
}

/** Returns the path of the tarball. */
async function pack(packageDirectory: string, temporary: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', temporary], {
    cwd: packageDirectory,
    env: userEnvironment(),
  });
  return join(temporary, (JSON.parse(stdout) as [{ filename: string }])[0].filename);
}
