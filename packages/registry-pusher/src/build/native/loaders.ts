import { type FileTree, followLinks } from '../base/file-tree.ts';
import type { Libc } from './elf.ts';

/** The dynamic loader of each C library. @see System V ABI, AMD64 supplement, "Program Interpreter" */
const loaders: Readonly<Record<Libc, string>> = {
  glibc: '/lib64/ld-linux-x86-64.so.2',
  musl: '/lib/ld-musl-x86_64.so.1',
};

/** Returns an image's C libraries. */
export async function findLibcs(tree: FileTree): Promise<Set<Libc>> {
  const found = new Set<Libc>();
  for (const [libc, path] of Object.entries(loaders) as [Libc, string][])
    if ((await followLinks(tree, path)).found.kind === 'file') found.add(libc);
  return found;
}
