import { posix } from 'node:path';
import type { TreeNode } from '../base/tree-node.ts';
import { instructionUnsupportedError } from '../dockerfile/errors.ts';
import { type Entry, type Graft, isStoredFile, type LocalEntry, sortByPath, type StoredFile } from './entry.ts';
import { assertReplaceable } from './plan-layer.ts';

/** An item of a layer after its local files are read. Grafts aren't expanded yet. */
export type ReadItem = LocalEntry | Graft;

/** An entry, and the graft that it comes from. */
interface ExpandedEntry {
  readonly entry: Exclude<Entry, { type: 'hard link' }>;
  readonly graft?: Graft;
}

/**
 * Replaces each graft with its entries. Reads its image's layers unless they are already read. Files of other images come
 * last, in the order of their layers, because the content is copied while the layers stream by.
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED, DOCKERFILE_INVALID, and the errors of the registry client
 */
export async function expandGrafts(items: readonly ReadItem[], line: number): Promise<Entry[]> {
  if (items.every((item) => item.type !== 'graft')) return [...items];
  const entries = new Map<string, ExpandedEntry>();
  for (const item of items) {
    if (item.type !== 'graft') entries.set(item.path, { entry: item });
    else for await (const entry of expandGraft(item, line)) entries.set(entry.path, { entry, graft: item });
  }
  return sortForWriting([...entries.values()]);
}

async function* expandGraft(graft: Graft, line: number): AsyncGenerator<ExpandedEntry['entry']> {
  const { root } = await graft.image.tree.open();
  const from = root.at(graft.source)!;
  if (graft.kind === 'file') return yield toEntry(graft, graft.path, graft.source, from, line);
  let absent: string | undefined;
  for (const [subpath, node] of from.descendants()) {
    const entry = toEntry(graft, posix.join(graft.path, subpath), posix.join(graft.source, subpath), node, line);
    if (absent === undefined || !entry.path.startsWith(absent)) {
      const found = await graft.below.lookup(entry.path);
      assertReplaceable(entry, found, line);
      absent = found.kind === 'absent' ? `${entry.path}/` : undefined;
    }
    yield entry;
  }
}

function toEntry(
  graft: Graft,
  path: string,
  source: string,
  { found, details }: TreeNode,
  line: number,
): ExpandedEntry['entry'] {
  const { image } = graft;
  const { mode, size, position, copyBlocker, uid, gid } = details;
  if (copyBlocker !== undefined)
    throw instructionUnsupportedError([
      { line, instruction: `COPY --from=${image.name}`, reason: `${source} in ${image.name} ${copyBlocker}` },
    ]);
  const common = { path, ...(graft.owner ?? { uid, gid }) };
  if (found.kind === 'link') return { ...common, type: 'link', target: found.target };
  if (found.kind === 'directory') return { ...common, type: 'directory', mode: graft.mode ?? mode };
  return { ...common, type: 'file', mode: graft.mode ?? mode, size, image, position };
}

function sortForWriting(all: readonly ExpandedEntry[]): Entry[] {
  const local = all.filter(({ entry }) => !isStoredFile(entry)).map(({ entry }) => entry);
  const firsts = new Map<Graft, Map<string, string>>();
  const uses = new Map<string, number>();
  const stored: { file: StoredFile; round: number }[] = [];
  const links: Entry[] = [];
  for (const { entry, graft } of all) {
    if (!isStoredFile(entry) || graft === undefined) continue;
    const { image, position, path, uid, gid, mode } = entry;
    const key = `${image.id} ${position.layer} ${position.entry}`;
    const names = firsts.get(graft) ?? new Map<string, string>();
    firsts.set(graft, names);
    const target = names.get(key);
    if (target !== undefined) {
      links.push({ type: 'hard link', path, target, uid, gid, mode });
      continue;
    }
    names.set(key, path);
    const round = uses.get(key) ?? 0;
    uses.set(key, round + 1);
    stored.push({ file: entry, round });
  }
  stored.sort((a, b) => a.round - b.round || compareLayerOrder(a.file, b.file));
  return [...sortByPath<Entry>(local), ...stored.map(({ file }) => file), ...sortByPath(links)];
}

function compareLayerOrder({ image: a, position: p }: StoredFile, { image: b, position: q }: StoredFile): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return p.layer - q.layer || p.entry - q.entry;
}
