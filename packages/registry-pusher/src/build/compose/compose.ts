import { posix } from 'node:path';
import { ImageTree } from '../layer/image-tree.ts';
import { sourceImage } from '../base/source-image.ts';
import type { ImageReader } from '../base-image.ts';
import type { BuiltImage, BuiltLayer, PreviousImage } from '../builder.ts';
import { checkedFile, requireCodeRuns } from '../direct/code-runs.ts';
import { requireEpoch } from '../epoch.ts';
import { configOn, timestamp } from '../direct/image-config.ts';
import { readLayerSources } from '../direct/layer-sources.ts';
import { historyOf, makeLayers } from '../direct/make-layers.ts';
import { BuildContext } from '../context/build-context.ts';
import type { HistoryEntry } from '../../image/config.ts';
import { imageOf, type Layer } from '../../image/image.ts';
import { defaultPlatform } from '../../image/platform.ts';
import { ContextSources } from '../layer/context-sources.ts';
import { packedLayers, previousLayers } from '../layer/previous-layers.ts';
import { refuseSecretIn } from '../layer/secrets.ts';
import { combinedDigest } from '../layer/source-digest.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import { readComposeBase } from './compose-base.ts';
import { composeConfig } from './compose-config.ts';
import { namingLayer, requireFilesLayer, traceOf } from './files-layer.ts';
import type { ComposeRequest } from './request.ts';
import { describeTar, historyOfTar, layTar, readTar } from './tar-layer.ts';

export interface ComposeOptions {
  readonly registry: ImageReader;
  /** The image that was pushed last: its layers are used again. */
  readonly previous?: PreviousImage | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Describes the image that layers on a base make, without a Dockerfile, without Docker and without uploading anything. Files
 * become layers as by COPY, reproducibly, and layers that the previous image has are taken from there.
 * @throws RegistryPusherError OPTIONS_INVALID, REFERENCE_INVALID, CONFIG_INVALID, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, IMAGE_NOT_FOUND, PLATFORM_MISSING, ABORTED, and what the registry client throws
 */
export async function compose(request: ComposeRequest, options: ComposeOptions): Promise<BuiltImage> {
  const { platform = defaultPlatform, secrets = [], layers: wanted } = request;
  const { registry, signal } = options;
  const epoch = requireEpoch(request.sourceDateEpoch);
  const folder = request.context ?? process.cwd();
  const context = await BuildContext.open(folder, posix.join(folder, 'Dockerfile'));
  for (const [index, layer] of wanted.entries()) if (!('tar' in layer)) requireFilesLayer(layer, index);

  const base = await readComposeBase(request.base, platform, registry, signal);
  const previous = previousLayers(options.previous, base.config);
  const baseFiles = sourceImage(base, previous.factsOf);
  const tree = new ImageTree(baseFiles);
  const takeFacts = () => new Map([[baseFiles.id, baseFiles.tree.takeFacts()]]);
  const reading = { contextSources: new ContextSources(context), mtime: epoch, secrets, signal, takeFacts };
  const layers: Layer[] = [];
  const described: BuiltLayer[] = [];
  const history: HistoryEntry[] = [];
  const warnings: string[] = [];
  const files: CheckedFile[] = [];
  for (const [index, layer] of wanted.entries()) {
    if ('tar' in layer) {
      const read = await readTar(layer, folder);
      layTar(tree, read.changes);
      const known = previous.byDiffId.get(read.layer.diffId);
      layers.push(known ?? read.layer);
      history.push(historyOfTar(read, timestamp(epoch)));
      described.push(describeTar(read, index + 1, known !== undefined));
      continue;
    }
    const { traces, ...told } = await namingLayer(index, () =>
      readLayerSources([traceOf(layer, index)], tree, reading),
    );
    files.push(...told.files.map(checkedFile));
    const made = await makeLayers(traces, previous, { signal });
    layers.push(...made.map((each) => each.layer));
    described.push(...made.map((each) => each.summary));
    history.push(...historyOf(traces, epoch));
    warnings.push(...told.warnings);
  }
  if (platform === defaultPlatform) await requireCodeRuns(files, tree);
  const runConfig = composeConfig(base.config.config, request.config);
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = configOn(base.config, { config: runConfig, traces: [] }, diffIds, history, epoch);
  refuseSecretIn(JSON.stringify(config), secrets, 'The configuration of the image');
  const sourceDigests = described.map(({ sourceDigest }) => sourceDigest);
  return {
    image: imageOf(config, [...packedLayers(base.layers, previous), ...layers]),
    sourceDigest: combinedDigest([base.config.rootfs.diff_ids, sourceDigests, runConfig]),
    declaresSourceDigest: false,
    ...(base.resolved === undefined ? {} : { base: base.resolved }),
    layers: described,
    warnings,
    close: async () => undefined,
  };
}
