import { type FileTree, followLinks } from '../base/file-tree.ts';
import type { CheckedFile } from './checked-file.ts';

/** The versions of an image's libraries, as far as known. */
export interface Runtime {
  /** The newest version of the C library's symbols, such as `2.36`. */
  readonly GLIBC?: string;
  /** The newest version of the C++ library's symbols, such as `3.4.30`. */
  readonly GLIBCXX?: string;
}

/** Where the dynamic loader looks on Debian and Red Hat, without configuration. */
const directories = ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64', '/usr/local/lib'];

/** Reads the versions of an image's C and C++ libraries. */
export async function findRuntime(tree: FileTree): Promise<Runtime> {
  const libc = await findLibrary(tree, 'libc.so.6');
  const libstdcxx = await findLibrary(tree, 'libstdc++.so.6');
  const GLIBC =
    libc?.found.kind === 'file' ? (libc.found.glibc ?? /libc-(2\.\d+)\.so$/.exec(libc.path)?.[1]) : undefined;
  const minor = /libstdc\+\+\.so\.6\.0\.(\d+)$/.exec(libstdcxx?.path ?? '')?.[1];
  return {
    ...(GLIBC === undefined ? {} : { GLIBC }),
    ...(minor === undefined ? {} : { GLIBCXX: `3.4.${minor}` }),
  };
}

/** Parts of the C library, and the loader. */
const ofLibc = /^(?:ld-linux|libc|libm|libdl|libpthread|librt|libutil|libresolv)[.-]/;

/** Returns the libraries that the files of a build context need beyond the C library and don't bring along. */
export function neededLibraries(files: readonly CheckedFile[]): string[] {
  const brought = new Set(files.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)));
  const needed = files.flatMap(({ native, absolute }) =>
    native?.libc === 'glibc' && absolute !== undefined ? (native.needs?.libraries ?? []) : [],
  );
  return [...new Set(needed)].filter((name) => !ofLibc.test(name) && !brought.has(name)).sort();
}

/** Returns the libraries that an image lacks. */
export async function findMissing(tree: FileTree, libraries: readonly string[]): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  for (const name of libraries) if ((await findLibrary(tree, name)) === undefined) missing.add(name);
  return missing;
}

async function findLibrary(tree: FileTree, name: string) {
  for (const directory of directories) {
    const at = await followLinks(tree, `${directory}/${name}`);
    if (at.found.kind === 'file') return at;
  }
  return undefined;
}
