import { posix } from 'node:path';
import { followLinks } from '../base/file-tree.ts';
import type { Entry } from '../layer/entry.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import { ifKnown, KnownTree } from '../layer/known-tree.ts';

/** A layer's entries, and what messages call the layer. */
export interface LinkedLayer {
  readonly subject: string;
  readonly entries: readonly Entry[];
}

/** What these contain exists only while the container runs. */
const runtime = /^\/(?:proc|dev|sys|run|tmp|var\/run)(?:\/|$)/;
const maxNamed = 3;

/**
 * Returns a warning for each layer with links that lead nowhere in the finished image. Links into parts of the base that only
 * a download would show are left out.
 */
export async function findDeadLinks(layers: readonly LinkedLayer[], tree: ImageTree): Promise<string[]> {
  const warnings: string[] = [];
  for (const { subject, entries } of layers) {
    const dead: string[] = [];
    for (const entry of entries)
      if (entry.type === 'link' && (await isDead(entry, tree))) dead.push(`${entry.path} -> ${entry.target}`);
    if (dead.length > 0) warnings.push(`${subject}: ${describe(dead)}`);
  }
  return warnings;
}

async function isDead({ path, target }: { path: string; target: string }, tree: ImageTree): Promise<boolean> {
  const to = posix.resolve(posix.dirname(path), target);
  if (runtime.test(to)) return false;
  const direct = await tree.peek(to);
  if (direct?.kind === 'file' || direct?.kind === 'directory') return false;
  const now = await tree.peek(path);
  if (now?.kind !== 'link' || now.target !== target) return false;
  const end = await ifKnown(followLinks(new KnownTree(tree), path).catch(toDead));
  return end !== undefined && end.found.kind === 'absent' && !runtime.test(end.path);
}

/** A circular link leads nowhere, too. */
function toDead(error: unknown): { found: { kind: 'absent' }; path: string } {
  if ((error as { code?: unknown }).code !== 'DOCKERFILE_INVALID') throw error;
  return { found: { kind: 'absent' }, path: '/' };
}

function describe(dead: readonly string[]): string {
  const more = dead.length > maxNamed ? ` and ${dead.length - maxNamed} more` : '';
  const links = dead.length === 1 ? '1 link leads' : `${dead.length} links lead`;
  const isPackage = dead.some((link) => link.includes('/node_modules/'));
  const advice = isPackage
    ? 'Copy the packages they link to as well, or copies in place of links: tozo image-deps, npm install --install-links, or pnpm deploy.'
    : 'Copy what they link to as well.';
  return `${links} nowhere in the image: ${dead.slice(0, maxNamed).join(', ')}${more}. ${advice}`;
}
