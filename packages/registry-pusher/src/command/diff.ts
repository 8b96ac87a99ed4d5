import { diffImages, type FileChange, type ImageDiff } from '../inspect/diff-images.ts';
import type { ConfigChange } from '../inspect/diff-configs.ts';
import type { FileState } from '../tar/file-state.ts';
import { formatImageReference } from '../image/reference.ts';
import type { CommandContext } from './command-context.ts';
import type { DiffArgs } from './command-line.ts';
import { connect } from './connect.ts';
import { formatBytes, formatCount } from './format.ts';

/** Runs `registry-pusher diff`. */
export async function diffCommand(args: DiffArgs, context: CommandContext): Promise<number> {
  const { platform } = args;
  const { signal, console } = context;
  const { registry } = await connect(args.from, args.username, context);
  try {
    const diff = await diffImages(registry, args.from, args.to, { platform, signal });
    const value = { ...diff, from: withReferenceText(diff.from), to: withReferenceText(diff.to) };
    console.printResult(formatDiff(diff), value);
    return args.exitCode && diff.files.length + diff.config.length > 0 ? 1 : 0;
  } finally {
    await registry.close();
  }
}

function withReferenceText(side: ImageDiff['from']) {
  return { ...side, reference: formatImageReference(side.reference) };
}

function formatDiff({ from, to, files, config, layers }: ImageDiff): string {
  const side = ({ reference, manifestDigest }: ImageDiff['from']) =>
    formatImageReference({ ...reference, digest: manifestDigest });
  const changes = [...files.map(formatFileChange), ...config.map(formatConfigChange)];
  const total = (kind: FileChange['change']) => files.filter(({ change }) => change === kind).length;
  const counts = `${total('added')} added, ${total('changed')} changed, ${total('gone')} removed; ${formatCount(config.length, 'config difference')}`;
  const summary = changes.length === 0 ? 'The images have the same files and config.' : counts;
  return [
    `--- ${side(from)}`,
    `+++ ${side(to)}`,
    ...changes,
    `${summary} (${formatCount(layers.shared, 'layer')} shared, ${layers.read} read)`,
    '',
  ].join('\n');
}

function formatFileChange(change: FileChange): string {
  const path = JSON.stringify(change.path).slice(1, -1);
  if (change.change === 'added') return `+ ${path}  ${formatState(change.after)}`;
  if (change.change === 'gone') return `- ${path}  ${formatState(change.before)}`;
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

function formatState({ kind, size, target }: FileState): string {
  if (kind === 'file') return formatBytes(size);
  return target === undefined ? kind : `${kind} → ${target}`;
}

function formatConfigChange({ field, before, after }: ConfigChange): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  if (before === undefined) return `+ ${field}  ${text(after)}`;
  if (after === undefined) return `- ${field}  ${text(before)}`;
  return `~ ${field}  ${text(before)} → ${text(after)}`;
}
