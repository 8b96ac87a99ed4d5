import type { BuiltImage, BuiltLayer } from '../build/builder.ts';
import { formatImageReference } from '../image/reference.ts';
import type { PushResult } from '../registry/client/client.ts';
import type { Console } from './console.ts';
import { formatBytes, formatCount, formatTable } from './format.ts';

/** Prints the base, the layers and the warnings of a build. */
export function printBuild({ base, layers, warnings }: BuiltImage, builder: string, console: Console): void {
  const note = (text: string) => console.note(text);
  if (base !== undefined) note(`base ${formatImageReference({ ...base.reference, digest: base.manifestDigest })}`);
  for (const layer of layers)
    note(`${layer.reused ? 'reused' : 'new   '} line ${layer.line}: ${layer.instruction}${formatContent(layer)}`);
  for (const warning of warnings) note(`warning: ${warning}`);
  if (builder === 'docker') note('built with Docker');
}

function formatContent({ files, size = 0 }: BuiltLayer): string {
  return files === undefined ? '' : ` (${formatCount(files, 'file')}, ${formatBytes(size)})`;
}

/** Returns the result of a push as text and as a JSON value. The first line of the text is the reference to deploy. */
export function summarizePush(
  pushed: PushResult,
  tags: readonly string[],
  built: (Pick<BuiltImage, 'sourceDigest' | 'layers' | 'warnings'> & { readonly builder: string }) | undefined,
) {
  const { reference, manifestDigest, imageId, sentBytes, reusedBytes } = pushed;
  const full = formatImageReference({ ...reference, digest: manifestDigest });
  const others = tags.filter((tag) => tag !== reference.tag);
  const text = formatTable([
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
    ...(built === undefined
      ? {}
      : {
          builder: built.builder,
          sourceDigest: built.sourceDigest,
          layers: built.layers,
          warnings: built.warnings,
        }),
  };
  return { text: `${full}\n${text}`, value };
}
