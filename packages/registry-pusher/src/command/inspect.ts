import { type InspectedImage, type InspectedLayer, inspectImage } from '../inspect/inspect-image.ts';
import type { RunConfig } from '../image/config.ts';
import { formatImageReference } from '../image/reference.ts';
import type { InspectLine } from './command-line.ts';
import { connect } from './connect.ts';
import { count, formatBytes, labelled } from './format.ts';
import type { Surroundings } from './surroundings.ts';

/** `registry-pusher inspect`: what an image consists of. */
export async function inspectCommand(line: InspectLine, surroundings: Surroundings): Promise<number> {
  const { platform, image: reference } = line;
  const { signal, console } = surroundings;
  const { registry } = await connect(reference, line.username, surroundings);
  try {
    const image = await inspectImage(registry, reference, { platform, signal });
    console.result(textOf(image), { ...image, reference: formatImageReference(reference) });
    return 0;
  } finally {
    await registry.close();
  }
}

function textOf(image: InspectedImage): string {
  const { reference, manifestDigest, imageId, platform, created, size, layers, config } = image;
  const facts = labelled([
    ['image ID', imageId],
    ['platform', platform],
    ...(created === undefined ? [] : [['created', created] as const]),
    ['size', `${formatBytes(size)} in ${count(layers.length, 'layer')}, compressed`],
    ...configRows(config),
  ]);
  const full = formatImageReference({ ...reference, digest: manifestDigest });
  return `${full}\n${facts}\n${layerLines(layers, size)}`;
}

function configRows(config: RunConfig): [string, string][] {
  return Object.entries(config).flatMap(([field, value]): [string, string][] => {
    if (value === null || value === undefined || value === '' || value === false) return [];
    if (field === 'Env') return (value as string[]).map((entry): [string, string] => ['Env', entry]);
    if (field === 'Labels')
      return Object.entries(value).map(([name, text]): [string, string] => ['Label', `${name}=${text}`]);
    if (typeof value === 'object' && !Array.isArray(value) && field !== 'Healthcheck')
      return [[field, Object.keys(value).join(' ')]];
    return [[field, typeof value === 'string' ? value : JSON.stringify(value)]];
  });
}

/** The largest first, for that is what one looks for; the number is the layer's place in the image. */
function layerLines(layers: readonly InspectedLayer[], total: number): string {
  const largestFirst = layers.toSorted((a, b) => b.size - a.size || a.position - b.position);
  return largestFirst
    .map(({ position, size, createdBy = 'unknown', content }) => {
      const share = `${((100 * size) / total).toFixed(0)} %`;
      const files = content === undefined ? '' : `  (${count(content.files, 'file')}, ${formatBytes(content.size)})`;
      const columns = [`#${position}`.padStart(4), formatBytes(size).padStart(9), share.padStart(5)];
      return `${columns.join('  ')}  ${createdBy.replaceAll(/\s+/g, ' ').trim()}${files}\n`;
    })
    .join('');
}
