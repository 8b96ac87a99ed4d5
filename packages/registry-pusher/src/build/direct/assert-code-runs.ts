import type { FileTree } from '../base/file-tree.ts';
import type { HashedFile } from '../layer/hash-files.ts';
import { assertNativeCodeRuns } from '../native/check.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import { findLibcs } from '../native/loaders.ts';

/**
 * Rejects native code that the image can't run. Looks up the image's C libraries only if a file needs one. The base's facts
 * contain them, because reading the file's layer looked them up.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH
 */
export async function assertCodeRuns(files: readonly CheckedFile[], tree: FileTree): Promise<void> {
  const needsLibc = files.some(({ native }) => native?.libc !== undefined);
  await assertNativeCodeRuns(files, needsLibc ? await findLibcs(tree) : new Set());
}

/** Converts a file of the build context for the check of native code. */
export function toCheckedFile({ entry: { contextPath, mode, absolute }, native }: HashedFile): CheckedFile {
  return { path: contextPath, mode, absolute, ...(native === undefined ? {} : { native }) };
}
