import { diffImages, type FileChange, type ImageDiff } from '../inspect/diff-images.ts';
import type { ConfigChange } from '../inspect/diff-configs.ts';
import type { FileState } from '../tar/file-state.ts';
import { formatImageReference } from '../image/reference.ts';
import type { DiffLine } from './command-line.ts';
import { connect } from './connect.ts';
import { count, formatBytes } from './format.ts';
import type { Surroundings } from './surroundings.ts';

/** `registry-pusher diff`: what changed from one image to another. */
export async function diffCommand(line: DiffLine, surroundings: Surroundings): Promise<number> {
  const { platform } = line;
  const { signal, console } = surroundings;
  const { registry } = await connect(line.from, line.username, surroundings);
  try {
    const diff = await diffImages(registry, line.from, line.to, { platform, signal });
    const value = { ...diff, from: named(diff.from), to: named(diff.to) };
    console.result(textOf(diff), value);
    return line.exitCode && diff.files.length + diff.config.length > 0 ? 1 : 0;
  } finally {
    await registry.close();
  }
}

function named(side: ImageDiff['from']) {
  return { ...side, reference: formatImageReference(side.reference) };
}

function textOf({ from, to, files, config, layers }: ImageDiff): string {
  const side = ({ reference, manifestDigest }: ImageDiff['from']) =>
    formatImageReference({ ...reference, digest: manifestDigest });
  const changes = [...files.map(fileLine), ...config.map(configLine)];
  const total = (kind: FileChange['change']) => files.filter(({ change }) => change === kind).length;
  const counts = `${total('added')} added, ${total('changed')} changed, ${total('gone')} gone; ${count(config.length, 'difference')} in the config`;
  const summary = changes.length === 0 ? 'The files and the configs are the same.' : counts;
  return [
    `--- ${side(from)}`,
    `+++ ${side(to)}`,
    ...changes,
    `${summary} (${count(layers.shared, 'layer')} shared, ${layers.read} read)`,
    '',
  ].join('\n');
}

function fileLine(change: FileChange): string {
  const path = JSON.stringify(change.path).slice(1, -1);
  if (change.change === 'added') return `+ ${path}  ${sizeOf(change.after)}`;
  if (change.change === 'gone') return `- ${path}  ${sizeOf(change.before)}`;
  const { before, after, aspects } = change;
  const details = aspects.map((aspect) => {
    if (aspect === 'mode') return `mode ${before.mode.toString(8)} → ${after.mode.toString(8)}`;
    if (aspect === 'owner') return `owner ${before.uid}:${before.gid} → ${after.uid}:${after.gid}`;
    if (aspect === 'target') return `→ ${after.target}, before → ${before.target}`;
    if (aspect === 'kind') return `${before.kind} → ${after.kind}`;
    return before.size === after.size ? 'content' : `content ${formatBytes(before.size)} → ${formatBytes(after.size)}`;
  });
  return `~ ${path}  ${details.join(', ')}`;
}

function sizeOf({ kind, size, target }: FileState): string {
  if (kind === 'file') return formatBytes(size);
  return target === undefined ? kind : `${kind} → ${target}`;
}

function configLine({ field, before, after }: ConfigChange): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  if (before === undefined) return `+ ${field}  ${text(after)}`;
  if (after === undefined) return `- ${field}  ${text(before)}`;
  return `~ ${field}  ${text(before)} → ${text(after)}`;
}
