import type { BuildContext } from '../context/build-context.ts';
import type { HashedFile } from '../layer/hash-files.ts';

export async function requireNativeCodeRuns(files: readonly HashedFile[], context: BuildContext): Promise<void> {
  void files;
  void context;
}
