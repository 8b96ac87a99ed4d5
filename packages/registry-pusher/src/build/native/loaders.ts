import { type FileTree, followLinks } from '../base/file-tree.ts';
import type { Libc } from './elf.ts';

/** Where code for a C library looks for what loads it. @see System V ABI, AMD64 supplement, "Program Interpreter" */
const loaders: Readonly<Record<Libc, string>> = {
  glibc: '/lib64/ld-linux-x86-64.so.2',
  musl: '/lib/ld-musl-x86_64.so.1',
};

/** The C libraries that an image has. */
export async function libcsIn(tree: FileTree): Promise<Set<Libc>> {
  const found = new Set<Libc>();
  for (const [libc, path] of Object.entries(loaders) as [Libc, string][])
    if ((await followLinks(tree, path)).found.kind === 'file') found.add(libc);
  return found;
}
