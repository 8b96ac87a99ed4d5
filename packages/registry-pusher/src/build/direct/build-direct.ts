import { abortOnFailure } from '../../abort-on-failure.ts';
import { noFacts } from '../base/facts.ts';
import type { BuildContext } from '../context/build-context.ts';
import { warnAboutExcluded } from '../context/sensitive-files.ts';
import { undeclaredArgWarnings } from '../dockerfile/arguments.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { Stage, StagePlan } from '../dockerfile/stages.ts';
import { TemporaryFiles } from '../../files/temporary-files.ts';
import { warnAboutLayerCount } from '../layer-count.ts';
import { KeptLayers } from '../kept-layers.ts';
import { digestOf } from '../../image/digest.ts';
import { imageOf } from '../../image/image.ts';
import { Inspection } from '../layer/inspection.ts';
import { preferGzippedLayers, readPreviousLayers } from '../layer/previous-layers.ts';
import { searchableSecrets } from '../../files/build-secrets.ts';
import { assertNoSecret } from '../../files/secrets.ts';
import { type LockMode, openBaseLock } from '../lock/base-lock.ts';
import { type Pins, pinName } from '../lock/lock-file.ts';
import { withDefaultTag } from '../../image/reference.ts';
import type { StoredEntry } from '../../run/cache/cache-entry.ts';
import type { BuildOptions, BuildRequest, BuiltImage } from '../builder.ts';
import { type CheckedContext, checkContext } from './check-context.ts';
import { toCheckedFile, assertCodeRuns } from './assert-code-runs.ts';
import { createCacheEntries } from './cache-entries.ts';
import { checkImage } from './check-image.ts';
import { createConfig } from './create-config.ts';
import { Images } from './images.ts';
import { createHistory } from './create-history.ts';
import { addCache } from './known-results.ts';
import { LayerMaker } from './layer-maker.ts';
import { RunBuilder, type RunBuildOptions } from './run-builder.ts';
import { assertTriggersCovered, withTriggers } from '../dockerfile/triggers.ts';
import { assertNoTriggers, type ImageReader } from '../base-image.ts';
import { assertEpoch } from '../epoch.ts';
import { settlePrevious } from '../previous-image.ts';
import { applyVaryingLabels, withoutVaryingLabels } from '../varying-labels.ts';
import { assertSameSteps, declaresSourceDigest, evaluateWith, placeholderDigest } from './source-digest-arg.ts';
import type { LayerTrace } from './layer-sources.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import { type CacheableTrace, readStages } from './stage-layers.ts';

export interface DirectBuildOptions extends BuildOptions {
  readonly registry: ImageReader;
  /** What {@link checkContext} read for the same request. */
  readonly checked?: CheckedContext | undefined;
  /**
   * Verifies every reused layer: computes its diff ID from the files and from the registry's bytes, and reads the base's
   * files again. This costs the time that reuse saves. Default false: whoever can write to the repository can deploy anyway.
   */
  readonly verifyReuse?: boolean;
  /**
   * The registry that the image will be pushed to. The layers of a base elsewhere are then downloaded once, and kept in files
   * until the built image is closed.
   */
  readonly pushTo?: string;
  /** How to execute RUN. Without it, a Dockerfile with RUN is refused. */
  readonly run?: RunBuildOptions | undefined;
  /** The entries of a cache, read while the base is. A build doesn't need them. */
  readonly cache?: Promise<readonly StoredEntry[]>;
  /** Whether to use the lock file next to the Dockerfile, ignore it, or write it; default `use`. */
  readonly lock?: LockMode;
}

/**
 * Builds the image of a Dockerfile without Docker and without uploading anything. It reads the base from its registry, turns
 * files into reproducible layers, and takes layers with unchanged sources from the previous image. The same files and the same
 * previous image give the same image ID on any machine. RUN is executed on the base's files in a scratch directory.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, BASE_NOT_FOUND, LOCK_INVALID, DIGEST_MISMATCH, RUN_FAILED, ABORTED, and the errors of the registry client
 */
export async function buildDirect(request: BuildRequest, options: DirectBuildOptions): Promise<BuiltImage> {
  const files = new TemporaryFiles();
  try {
    return await abortOnFailure(options.signal, (signal) => build(request, { ...options, signal }, files));
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function build(request: BuildRequest, options: DirectBuildOptions, files: TemporaryFiles): Promise<BuiltImage> {
  const { secrets = [] } = request;
  const { signal, verifyReuse = false } = options;
  // A build that fails first never awaits it.
  void Promise.resolve(options.previous).catch(() => undefined);
  void options.cache?.catch(() => undefined);
  const epoch = assertEpoch(request.sourceDateEpoch);
  const checked = options.checked ?? (await checkContext(request, { signal, canRun: options.run !== undefined }));
  const { dockerfile, contextSources, known, cache } = checked;

  const lock = await openBaseLock(request.dockerfile, options.lock ?? 'use', options.registry);
  const reader = lock.reader ?? options.registry;
  const { pushTo } = options;
  const runs = options.run !== undefined;
  const isElsewhere = pushTo !== undefined && pushTo !== registryOfBase(checked.plan);
  const kept = isElsewhere || runs ? new KeptLayers(files) : undefined;
  const [read, { pushed, warnings: skipped }] = await Promise.all([
    Images.read(checked.plan, reader, signal, kept, runs),
    settlePrevious(options),
  ]);
  await lock.save();
  const plan = withTriggers(checked.plan, dockerfile.escape, (stage) => {
    const image = read.baseOf(stage);
    if (image !== undefined && !runs) assertNoTriggers(stage.from, image);
    return image?.runConfig.OnBuild ?? [];
  });
  if (checked.isDigested()) assertTriggersCovered(checked.plan, plan, dockerfile.escape);
  const base = read.baseOf(plan.chain[0]!)!;
  const previous = addCache(
    readPreviousLayers(pushed, base.config),
    pushed,
    (await options.cache?.catch(() => undefined)) ?? [],
  );
  const images = read.withFacts(verifyReuse ? () => noFacts : previous.factsOf);
  const blueprint = evaluateWith(placeholderDigest, request, dockerfile, plan, images);
  const hashing = { secrets, signal, known, cache };
  const searchFor = [...secrets, ...searchableSecrets(options.run?.secrets ?? {})];
  const inspection = new Inspection(searchFor);
  const withSecret = new Set<LayerTrace>();
  const verifyWith = verifyReuse ? options.registry : undefined;
  const inspectionOf = (trace: LayerTrace) =>
    trace.isOutside === true ? inspection.watch(() => withSecret.add(trace)) : inspection.inspect;
  const maker = new LayerMaker(previous, { signal, verifyWith, inspectionOf, files });
  const runner = {
    ...{ files, epoch: request.sourceDateEpoch, signal, contextSources, images, searchFor },
    ...{ known: previous.runs, hashing: { cache } },
  };
  await using runBuilder = new RunBuilder(verifyReuse ? withoutReuse(options.run) : options.run, runner);
  const sources = await readStages(plan, blueprint, images, {
    contextSources,
    epoch: request.sourceDateEpoch,
    ...hashing,
    ...(verifyReuse ? {} : { previous }),
    maker,
    registry: reader,
    execute: runBuilder.execute,
    isPinned: (stage) => isPinned(stage, options.lock === 'ignore', lock.reader?.pins),
  });
  await cache?.save();
  const made = await maker.makeAll(sources.traces);
  const codeWarnings = await assertCodeRuns([...sources.files.map(toCheckedFile), ...inspection.files], {
    tree: sources.tree,
    env: blueprint.get(plan.target.index)!.config.Env,
  });
  const layers = made.map(({ summary }) => summary);

  const layerDigests = layers.map((layer) => layer.sourceDigest);
  const blueprintConfig = withoutVaryingLabels(blueprint.get(plan.target.index)!.config);
  const sourceDigest = digestOf(JSON.stringify([base.config.rootfs.diff_ids, layerDigests, blueprintConfig]));
  const evaluations = evaluateWith(sourceDigest, request, dockerfile, plan, images);
  assertSameSteps(blueprint, evaluations);
  const diffIds = layers.map(({ diffId }) => diffId);
  const checks = await checkImage(sources, {
    config: blueprint.get(plan.target.index)!.config,
    takeFacts: () => images.takeFacts(),
  });
  const history = createHistory(checks.traces, epoch);
  const plain = createConfig(base.config, evaluations.get(plan.target.index)!, diffIds, history, epoch);
  const config = applyVaryingLabels(plain, dockerfile, request, pushed);
  assertNoSecret(JSON.stringify(config), secrets, 'The image config (from ENV or LABEL)');
  return {
    image: imageOf(config, [
      ...(verifyReuse ? base.layers : preferGzippedLayers(base.layers, previous)).map(
        (layer) => kept?.withCopy(layer) ?? layer,
      ),
      ...made.map(({ layer }) => layer),
    ]),
    sourceDigest,
    declaresSourceDigest: declaresSourceDigest(plan),
    ...(base.resolved === undefined ? {} : { base: base.resolved }),
    layers,
    cacheEntries: await createCacheEntries(
      [...sources.cacheable, ...checkedTraces(checks.traces, sources.tree)],
      maker,
      (trace) => withSecret.has(trace),
    ),
    warnings: [
      ...skipped,
      ...warningsOf(dockerfile, request, contextSources.all()),
      ...(lock.reader?.warnings ?? []),
      ...sources.warnings,
      ...runBuilder.warnings,
      ...codeWarnings,
      ...checks.warnings,
      ...warnAboutLayerCount([...base.layers, ...made]),
    ],
    close: () => files.close(),
  };
}

function checkedTraces(traces: readonly LayerTrace[], { image }: ImageTree): CacheableTrace[] {
  return traces.flatMap((trace) => (trace.checked === undefined ? [] : [{ trace, base: image.id }]));
}

/** What is verified is made again. */
function withoutReuse(run: RunBuildOptions | undefined): RunBuildOptions | undefined {
  return run && { ...run, reuse: { ...run.reuse, disabled: '--verify-reuse' } };
}

/** @param ignoresLock whether the caller takes the bases as they are, as those of a sandbox */
function isPinned({ base }: Stage, ignoresLock: boolean, pins: Pins | undefined): boolean {
  if (base.kind !== 'image' || ignoresLock) return true;
  const name = pinName(withDefaultTag(base.reference));
  return name === undefined || pins?.has(name) === true;
}

function registryOfBase({ chain }: StagePlan): string | undefined {
  const { base } = chain[0]!;
  return base.kind === 'image' ? base.reference.registry : undefined;
}

function warningsOf(
  dockerfile: Dockerfile,
  { buildArgs = {} }: BuildRequest,
  contexts: readonly BuildContext[],
): string[] {
  return [
    ...dockerfile.warnings,
    ...undeclaredArgWarnings(dockerfile, buildArgs),
    ...contexts.flatMap((context) => warnAboutExcluded(context.sensitiveExcluded)),
    ...contexts
      .flatMap((context) => [...context.sensitiveIncluded])
      .map(
        ([path, content]) =>
          `${path} goes into the image because .dockerignore includes it. Such files may contain ${content}.`,
      ),
  ];
}
