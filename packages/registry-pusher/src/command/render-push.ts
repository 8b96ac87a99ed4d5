import type { BuiltImage, BuiltLayer } from '../build/builder.ts';
import { formatImageReference } from '../image/reference.ts';
import type { PushResult } from '../registry/client/client.ts';
import type { Console } from './console.ts';
import { count, formatBytes, labelled } from './format.ts';

/** Tells what an image is made of, before it is pushed. */
export function tellBuilt({ base, layers, warnings }: BuiltImage, builder: string, console: Console): void {
  const note = (text: string) => console.note(text);
  if (base !== undefined) note(`base ${formatImageReference({ ...base.reference, digest: base.manifestDigest })}`);
  for (const layer of layers)
    note(`${layer.reused ? 'reused' : 'new   '} line ${layer.line}: ${layer.instruction}${contentOf(layer)}`);
  for (const warning of warnings) note(`warning: ${warning}`);
  if (builder === 'docker') note('built by Docker');
}

function contentOf({ files, size = 0 }: BuiltLayer): string {
  return files === undefined ? '' : ` (${count(files, 'file')}, ${formatBytes(size)})`;
}

/** What a push came to: its first line is what to deploy. */
export function pushSummary(pushed: PushResult, tags: readonly string[], built: BuiltImage, builder: string) {
  const { reference, manifestDigest, imageId, sentBytes, reusedBytes } = pushed;
  const full = formatImageReference({ ...reference, digest: manifestDigest });
  const others = tags.filter((tag) => tag !== reference.tag);
  const text = labelled([
    ['image ID', imageId],
    ...(others.length === 0 ? [] : [['tags', others.join(', ')] as const]),
    ['sent', formatBytes(sentBytes)],
    ['reused', formatBytes(reusedBytes)],
  ]);
  const value = {
    reference: formatImageReference(reference),
    manifestDigest,
    imageId,
    tags: others,
    sentBytes,
    reusedBytes,
    builder,
    sourceDigest: built.sourceDigest,
    layers: built.layers,
    warnings: built.warnings,
  };
  return { text: `${full}\n${text}`, value };
}
