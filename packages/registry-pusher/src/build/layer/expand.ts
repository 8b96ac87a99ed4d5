import { posix } from 'node:path';
import type { TreeNode } from '../base/tree-node.ts';
import { instructionUnsupportedError } from '../dockerfile/errors.ts';
import { type Entry, type Graft, inPathOrder, type LocalEntry, type StoredFile } from './entry.ts';
import { requireRoom } from './plan-layer.ts';

/** What a layer is made of, its local files read, while grafts may still stand for what they bring. */
export type ReadItem = LocalEntry | Graft;

/** An entry, and for a file of another image the graft that brought it. */
interface Placed {
  readonly entry: Exclude<Entry, { type: 'hard link' }>;
  readonly graft?: Graft;
}

/**
 * Puts in the place of each graft what it brings: its image's layers are read for that, unless they were. The files that lie in
 * other images come last, in the order in which their layers hold them, so that a layer's content can be written as it streams by.
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED, DOCKERFILE_INVALID, and the errors of the registry client
 */
export async function expandGrafts(items: readonly ReadItem[], line: number): Promise<Entry[]> {
  if (items.every((item) => item.type !== 'graft')) return [...items];
  const placed = new Map<string, Placed>();
  for (const item of items) {
    if (item.type !== 'graft') placed.set(item.path, { entry: item });
    else for await (const entry of broughtBy(item, line)) placed.set(entry.path, { entry, graft: item });
  }
  return inWritingOrder([...placed.values()]);
}

async function* broughtBy(graft: Graft, line: number): AsyncGenerator<Placed['entry']> {
  const { root } = await graft.image.tree.open();
  const from = root.at(graft.source)!;
  if (graft.kind === 'file') return yield entryOf(graft, graft.path, graft.source, from, line);
  let absent: string | undefined;
  for (const [inside, node] of from.descendants()) {
    const entry = entryOf(graft, posix.join(graft.path, inside), posix.join(graft.source, inside), node, line);
    if (absent === undefined || !entry.path.startsWith(absent)) {
      const found = await graft.below.lookup(entry.path);
      requireRoom(entry, found, line);
      absent = found.kind === 'absent' ? `${entry.path}/` : undefined;
    }
    yield entry;
  }
}

function entryOf(
  graft: Graft,
  path: string,
  source: string,
  { found, details }: TreeNode,
  line: number,
): Placed['entry'] {
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

function inWritingOrder(all: readonly Placed[]): Entry[] {
  const local = all.filter(({ entry }) => !isStored(entry)).map(({ entry }) => entry);
  const firsts = new Map<Graft, Map<string, string>>();
  const uses = new Map<string, number>();
  const stored: { file: StoredFile; round: number }[] = [];
  const links: Entry[] = [];
  for (const { entry, graft } of all) {
    if (!isStored(entry) || graft === undefined) continue;
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
  stored.sort((a, b) => a.round - b.round || inLayerOrder(a.file, b.file));
  return [...inPathOrder<Entry>(local), ...stored.map(({ file }) => file), ...inPathOrder(links)];
}

function inLayerOrder({ image: a, position: p }: StoredFile, { image: b, position: q }: StoredFile): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  return p.layer - q.layer || p.entry - q.entry;
}

export function isStored(entry: Entry): entry is StoredFile {
  return entry.type === 'file' && 'image' in entry;
}
