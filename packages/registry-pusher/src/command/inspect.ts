import { type InspectedImage, type InspectedLayer, inspectImage } from '../inspect/inspect-image.ts';
import type { RunConfig } from '../image/config.ts';
import { formatImageReference } from '../image/reference.ts';
import type { CommandContext } from './command-context.ts';
import type { InspectArgs } from './command-line.ts';
import { connect } from './connect.ts';
import { formatBytes, formatCount, formatTable } from './format.ts';

/** Runs `registry-pusher inspect`. */
export async function inspectCommand(args: InspectArgs, context: CommandContext): Promise<number> {
  const { platform, image: reference } = args;
  const { signal, console } = context;
  const { registry } = await connect(reference, args.username, context);
  try {
    const image = await inspectImage(registry, reference, { platform, signal });
    console.printResult(formatImage(image), { ...image, reference: formatImageReference(reference) });
    return 0;
  } finally {
    await registry.close();
  }
}

function formatImage(image: InspectedImage): string {
  const { reference, manifestDigest, imageId, platform, created, size, layers, config } = image;
  const facts = formatTable([
    ['image ID', imageId],
    ['platform', platform],
    ...(created === undefined ? [] : [['created', created] as const]),
    ['size', `${formatBytes(size)} in ${formatCount(layers.length, 'layer')}, compressed`],
    ...formatConfig(config),
  ]);
  const full = formatImageReference({ ...reference, digest: manifestDigest });
  return `${full}\n${facts}\n${formatLayers(layers, size)}`;
}

function formatConfig(config: RunConfig): [string, string][] {
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

/** Lists the largest layers first, numbered by their position in the image. */
function formatLayers(layers: readonly InspectedLayer[], total: number): string {
  const largestFirst = layers.toSorted((a, b) => b.size - a.size || a.position - b.position);
  return largestFirst
    .map(({ position, size, createdBy = 'unknown', content }) => {
      const share = `${((100 * size) / total).toFixed(0)} %`;
      const files =
        content === undefined ? '' : `  (${formatCount(content.files, 'file')}, ${formatBytes(content.size)})`;
      const columns = [`#${position}`.padStart(4), formatBytes(size).padStart(9), share.padStart(5)];
      return `${columns.join('  ')}  ${createdBy.replaceAll(/\s+/g, ' ').trim()}${files}\n`;
    })
    .join('');
}
