import { posix } from 'node:path';
import { abortOnFailure } from '../../abort-on-failure.ts';
import { TemporaryFiles } from '../../files/temporary-files.ts';
import { ImageTree } from '../layer/image-tree.ts';
import { createSourceImage } from '../base/source-image.ts';
import type { ImageReader } from '../base-image.ts';
import type { BuiltImage, BuiltLayer, PreviousImage } from '../builder.ts';
import { toCheckedFile, assertCodeRuns } from '../direct/assert-code-runs.ts';
import { assertEpoch } from '../epoch.ts';
import { createConfig, formatTimestamp } from '../direct/create-config.ts';
import { readLayerSources } from '../direct/layer-sources.ts';
import { createHistory } from '../direct/create-history.ts';
import { LayerMaker } from '../direct/layer-maker.ts';
import { BuildContext } from '../context/build-context.ts';
import { warnAboutExcluded } from '../context/sensitive-files.ts';
import type { HistoryEntry } from '../../image/config.ts';
import { imageOf, type Layer } from '../../image/image.ts';
import { defaultPlatform } from '../../image/platform.ts';
import { ContextSources } from '../layer/context-sources.ts';
import { preferGzippedLayers, readPreviousLayers } from '../layer/previous-layers.ts';
import { assertNoSecret } from '../../files/secrets.ts';
import { combineDigests } from '../layer/source-digest.ts';
import type { CheckedFile } from '../native/checked-file.ts';
import { readComposeBase } from './compose-base.ts';
import { composeConfig } from './compose-config.ts';
import { assertFilesLayer, traceOf, withLayerIndex } from './files-layer.ts';
import type { ComposeRequest } from './request.ts';
import { applyTar, historyOfTar, readTar, summarizeTar } from './tar-layer.ts';

export interface ComposeOptions {
  readonly registry: ImageReader;
  /** The image pushed last. Its layers are reused. */
  readonly previous?: PreviousImage | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds an image from layers on a base, without a Dockerfile and without Docker. Copies files like COPY, reproducibly, and
 * reuses layers of the previous image. Uploads nothing.
 * @throws RegistryPusherError OPTIONS_INVALID, REFERENCE_INVALID, CONFIG_INVALID, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, IMAGE_NOT_FOUND, PLATFORM_MISSING, ABORTED, and the errors of the registry client
 */
export async function compose(request: ComposeRequest, options: ComposeOptions): Promise<BuiltImage> {
  const temporary = new TemporaryFiles();
  try {
    return await abortOnFailure(options.signal, (signal) => composeImage(request, { ...options, signal }, temporary));
  } catch (error) {
    await temporary.close();
    throw error;
  }
}

async function composeImage(
  request: ComposeRequest,
  options: ComposeOptions,
  temporary: TemporaryFiles,
): Promise<BuiltImage> {
  const { platform = defaultPlatform, secrets = [] } = request;
  const { registry, signal } = options;
  const epoch = assertEpoch(request.sourceDateEpoch);
  const directory = request.context ?? process.cwd();
  const context = await BuildContext.open(directory, posix.join(directory, 'Dockerfile'));
  for (const [index, layer] of request.layers.entries())
    if (!('tar' in layer)) assertFilesLayer(layer, index, directory);

  const base = await readComposeBase(request.base, platform, registry, signal);
  const previous = readPreviousLayers(options.previous, base.config);
  const baseFiles = createSourceImage(base, previous.factsOf);
  const tree = new ImageTree(baseFiles);
  const takeFacts = () => new Map([[baseFiles.id, baseFiles.tree.takeFacts()]]);
  const reading = {
    contextSources: new ContextSources(context),
    epoch: request.sourceDateEpoch,
    secrets,
    signal,
    takeFacts,
  };
  const layers: Layer[] = [];
  const summaries: BuiltLayer[] = [];
  const history: HistoryEntry[] = [];
  const warnings: string[] = [];
  const files: CheckedFile[] = [];
  for (const [index, layer] of request.layers.entries()) {
    if ('tar' in layer) {
      const read = await readTar(layer, directory);
      applyTar(tree, read.changes);
      const stored = previous.byDiffId.get(read.layer.diffId);
      layers.push(stored === undefined ? read.layer : { ...stored, remake: async () => read.layer });
      history.push(historyOfTar(read, formatTimestamp(epoch)));
      summaries.push(summarizeTar(read, index + 1, stored !== undefined));
      continue;
    }
    const read = await withLayerIndex(index, () => readLayerSources([traceOf(layer, index)], tree, reading));
    files.push(...read.files.map(toCheckedFile));
    const made = await new LayerMaker(previous, { signal, files: temporary }).makeAll(read.traces);
    layers.push(...made.map((each) => each.layer));
    summaries.push(...made.map((each) => each.summary));
    history.push(...createHistory(read.traces, epoch));
    warnings.push(...read.warnings);
  }
  const runConfig = composeConfig(base.config.config, request.config);
  if (platform === defaultPlatform) warnings.push(...(await assertCodeRuns(files, { tree, env: runConfig.Env })));
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = createConfig(base.config, { config: runConfig, traces: [] }, diffIds, history, epoch);
  assertNoSecret(JSON.stringify(config), secrets, 'The image config');
  const sourceDigests = summaries.map(({ sourceDigest }) => sourceDigest);
  return {
    image: imageOf(config, [...preferGzippedLayers(base.layers, previous), ...layers]),
    sourceDigest: combineDigests([base.config.rootfs.diff_ids, sourceDigests, runConfig]),
    declaresSourceDigest: false,
    ...(base.resolved === undefined ? {} : { base: base.resolved }),
    layers: summaries,
    warnings: [...warnAboutExcluded(context.sensitiveExcluded), ...warnings],
    close: () => temporary.close(),
  };
}
