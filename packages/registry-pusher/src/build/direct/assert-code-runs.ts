import type { FileTree } from '../base/file-tree.ts';
import type { HashedFile } from '../layer/hash-files.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import { assertNativeCodeRuns, warnAboutPrograms } from '../native/check.ts';
import { checkNeeds } from '../native/check-needs.ts';
import type { Libc } from '../native/elf.ts';
import { findMissing, findRuntime, neededLibraries } from '../native/runtime.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import { findLibcs } from '../native/loaders.ts';

/** The image that runs the code. */
export interface CodeHost {
  readonly tree: ImageTree;
  /** Variables such as `NODE_VERSION=20.19.0`. */
  readonly env?: readonly string[] | undefined;
}

/**
 * Rejects native code that the image can't run, and returns warnings about code that may not run. Looks up the image's
 * libraries only if a file needs some. The base's facts contain them, because reading the file's layer looked them up.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH
 */
export async function assertCodeRuns(files: readonly CheckedFile[], { tree, env = [] }: CodeHost): Promise<string[]> {
  const needsLibc = files.some(({ native }) => native?.libc !== undefined);
  const libcs = needsLibc ? await findLibcs(tree) : new Set<Libc>();
  await assertNativeCodeRuns(files, libcs);
  const hasGlibc = libcs.has('glibc');
  const host = {
    libcs,
    runtime: hasGlibc ? await findRuntime(tree) : {},
    missing: hasGlibc ? await findMissing(tree, neededLibraries(files)) : new Set<string>(),
    nodeVersion: env.find((each) => each.startsWith('NODE_VERSION='))?.slice('NODE_VERSION='.length),
    isScratch: tree.image.isEmpty,
  };
  return [...checkNeeds(files, host), ...warnAboutPrograms(files)];
}

/** Looks up what {@link assertCodeRuns} will need of the base, so that it becomes a part of the base's facts. */
export async function lookUpLibraries(files: readonly HashedFile[], tree: FileTree): Promise<void> {
  if (!(await findLibcs(tree)).has('glibc')) return;
  await findRuntime(tree);
  await findMissing(tree, neededLibraries(files.map(toCheckedFile)));
}

/** Converts a file of the build context for the check of native code. */
export function toCheckedFile({ entry: { contextPath, mode, absolute }, native }: HashedFile): CheckedFile {
  return { path: contextPath, mode, absolute, ...(native === undefined ? {} : { native }) };
}
