import type { FileTree } from '../base/file-tree.ts';
import type { HashedFile } from '../layer/hash-files.ts';
import { assertNativeCodeRuns } from '../native/check.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import { findLibcs } from '../native/loaders.ts';

/**
 * Refuses native code that an image cannot run. Where a file needs a C library, the image's own are looked for: its base was
 * asked for them when the file's layer was read, and remembers.
 * @throws RegistryPusherError NATIVE_CODE_MISMATCH
 */
export async function requireCodeRuns(files: readonly CheckedFile[], tree: FileTree): Promise<void> {
  const needsLibc = files.some(({ native }) => native?.libc !== undefined);
  await assertNativeCodeRuns(files, needsLibc ? await findLibcs(tree) : new Set());
}

/** A file of the build context as the check of native code looks at it. */
export function checkedFile({ entry: { contextPath, mode, absolute }, native }: HashedFile): CheckedFile {
  return { path: contextPath, mode, absolute, ...(native === undefined ? {} : { native }) };
}
