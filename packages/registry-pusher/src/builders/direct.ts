import { RememberingTree } from '../base/facts.ts';
import { ImageTree } from '../base/image-tree.ts';
import { BuildContext } from '../context/build-context.ts';
import { type Base, resolveBase, undeclaredBuildArgs } from '../dockerfile/arguments.ts';
import { type Evaluation, evaluate, type LayerStep, type Trace } from '../dockerfile/evaluate.ts';
import { dockerfileInvalid } from '../dockerfile/invalid.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import { RegistryPusherError } from '../errors.ts';
import type { HistoryEntry, ImageConfig } from '../image/config.ts';
import { type Digest, digestOf } from '../image/digest.ts';
import { type Image, imageOf, type Layer } from '../image/image.ts';
import { layerSource, type LayerSource, newLayer } from '../layer/build-layer.ts';
import { hashFiles, type HashedFile } from '../layer/hash-files.ts';
import { writeRecord } from '../layer/history-entry.ts';
import { LayerPlan } from '../layer/plan-layer.ts';
import { type PreviousLayers, previousLayers } from '../layer/previous-layers.ts';
import { refuseSecretIn } from '../layer/secrets.ts';
import { type BaseImage, type ImageReader, readBase } from './base-image.ts';
import type { BuildRequest, DescribedImage, DescribedLayer, PreviousImage } from './builder.ts';
import { requireDirect } from './choose.ts';
import { configOn, revisionLabel, timestamp, withRevision } from './image-config.ts';
import { requireNativeCodeRuns } from '../native/check.ts';
import { readDockerfile } from './read-dockerfile.ts';

/** What describing an image needs beside the request. */
export interface DirectOptions {
  readonly registry: ImageReader;
  /** The image that was pushed last: its layers are used again, and what it knows of the base. */
  readonly previous?: PreviousImage;
  readonly signal?: AbortSignal;
}

/**
 * Describes the image that a Dockerfile without RUN makes, without Docker and without uploading anything: the base is read
 * from its registry, files become reproducible layers, and layers whose sources did not change are taken from the previous
 * image unmade. The same files and the same previous image give the same image ID on any machine.
 * @throws RegistryPusherError DOCKERFILE_*, INSTRUCTION_UNSUPPORTED, CONTEXT_INVALID, COPY_SOURCE_*, FILE_*,
 * NATIVE_CODE_MISMATCH, BASE_NOT_FOUND, ABORTED, and what the registry client throws
 */
export async function describeDirect(request: BuildRequest, options: DirectOptions): Promise<DescribedImage> {
  const epoch = requireEpoch(request.sourceDateEpoch ?? 0);
  const { dockerfile } = await readDockerfile(request.dockerfile);
  requireDirect(dockerfile);
  const context = await BuildContext.open(request.context, request.dockerfile);
  const from = resolveBase(dockerfile, request.buildArgs ?? {});
  const base = await readBase(from, options.registry, options.signal);
  const previous = previousLayers(options.previous, base.diffIds);
  const blueprint = evaluateWith(placeholderDigest, request, dockerfile, from, base);
  const sources = await readSources(blueprint.traces, { request, context, base, previous, epoch, options });
  await requireNativeCodeRuns(sources.files);
  const layers = await makeLayers(blueprint.traces, sources.byStep, previous, options.signal);

  const sourceDigest = digestOf(JSON.stringify([base.diffIds, layers.described.map(sourceOf), blueprint.config]));
  const evaluation = evaluateWith(sourceDigest, request, dockerfile, from, base);
  requireSameSteps(blueprint, evaluation);
  const diffIds = layers.layers.map(({ diffId }) => diffId);
  const config = configOn(base.config, evaluation, diffIds, historyOf(evaluation.traces, sources.byStep, epoch), epoch);
  const revised = revise(config, dockerfile, request, options.previous);
  refuseSecretIn(
    JSON.stringify(revised),
    request.secrets ?? [],
    'The configuration of the image, by a LABEL, ENV or ARG,',
  );
  return {
    image: imageOf(revised, [...base.layers, ...layers.layers]),
    sourceDigest,
    declaresSourceDigest: declaresSourceDigest(dockerfile, from),
    ...(base.described === undefined ? {} : { base: base.described }),
    layers: layers.described,
    warnings: [...warningsOf(dockerfile, request, context), ...sources.warnings],
  };
}

/** The same image running another command: it differs in its config's Cmd alone. Without a command it is the same. */
export function imageForProcess(image: Image, command: readonly string[] | undefined): Image {
  if (command === undefined) return image;
  return imageOf({ ...image.config, config: { ...image.config.config, Cmd: command } }, image.layers);
}

const sourceDigestArg = 'SOURCE_DIGEST';
/** Stands in for the digest while what it is made from is being found out. */
const placeholderDigest: Digest = `sha256:${'0'.repeat(64)}`;

const latestEpoch = 0o77777777777;

function requireEpoch(epoch: number): number {
  if (Number.isSafeInteger(epoch) && epoch >= 0 && epoch <= latestEpoch) return epoch;
  throw new RegistryPusherError(
    'CONTEXT_INVALID',
    `SOURCE_DATE_EPOCH is ${epoch}; it must be whole seconds since 1970, not negative.`,
  );
}

function evaluateWith(
  digest: Digest,
  request: BuildRequest,
  dockerfile: Dockerfile,
  from: Base,
  base: BaseImage,
): Evaluation {
  return evaluate(dockerfile, from, base.runConfig, { ...request.buildArgs, [sourceDigestArg]: digest });
}

interface Sources {
  readonly byStep: ReadonlyMap<LayerStep, LayerSource>;
  readonly files: readonly HashedFile[];
  readonly warnings: readonly string[];
}

interface SourceInputs {
  readonly request: BuildRequest;
  readonly context: BuildContext;
  readonly base: BaseImage;
  readonly previous: PreviousLayers;
  readonly epoch: number;
  readonly options: DirectOptions;
}

/** Finds and reads what each layer is made from, in order: a layer stands on those before it. */
async function readSources(
  traces: readonly Trace[],
  { request, context, base, previous, epoch, options }: SourceInputs,
): Promise<Sources> {
  const remembering = new RememberingTree(previous.facts, base.openTree);
  const tree = new ImageTree(remembering);
  const byStep = new Map<LayerStep, LayerSource>();
  const files: HashedFile[] = [];
  const warnings: string[] = [];
  const { secrets = [] } = request;
  for (const { step } of traces) {
    if (step === undefined) continue;
    const plan = new LayerPlan(tree, context);
    await (step.kind === 'copy' ? plan.copy(step) : plan.workdir(step));
    const planned = plan.entries;
    const hashed = await hashFiles(
      planned.filter((entry) => entry.type === 'file'),
      { secrets, ...(options.signal === undefined ? {} : { signal: options.signal }) },
    );
    let next = 0;
    const entries = planned.map((entry) => (entry.type === 'file' ? hashed[next++]!.entry : entry));
    byStep.set(step, layerSource(entries, epoch, remembering.takeFacts()));
    files.push(...hashed);
    warnings.push(...plan.warnings);
  }
  return { byStep, files, warnings };
}

interface Layers {
  readonly layers: readonly Layer[];
  readonly described: readonly DescribedLayer[];
}

/** Takes layers from the previous image where their sources are the same, and makes the others. An empty one is none. */
async function makeLayers(
  traces: readonly Trace[],
  sources: ReadonlyMap<LayerStep, LayerSource>,
  { bySource }: PreviousLayers,
  signal?: AbortSignal,
): Promise<Layers> {
  const layers: Layer[] = [];
  const described: DescribedLayer[] = [];
  for (const { step, line, text } of traces) {
    const source = step === undefined ? undefined : sources.get(step);
    if (source === undefined || source.entries.length === 0) continue;
    const reused = bySource.get(source.sourceDigest);
    const layer = reused ?? (await newLayer(source, signal));
    layers.push(layer);
    const { sourceDigest, files, size } = source;
    const { diffId } = layer;
    described.push({ instruction: text, line, sourceDigest, diffId, reused: reused !== undefined, files, size });
  }
  return { layers, described };
}

function sourceOf({ sourceDigest }: DescribedLayer): Digest {
  return sourceDigest;
}

function requireSameSteps(before: Evaluation, after: Evaluation): void {
  for (const [index, { step, line }] of after.traces.entries())
    if (JSON.stringify(step) !== JSON.stringify(before.traces[index]!.step))
      throw dockerfileInvalid(
        line,
        `${sourceDigestArg} tells what the layers are made from, so no layer can depend on it.`,
      );
}

function historyOf(
  traces: readonly Trace[],
  sources: ReadonlyMap<LayerStep, LayerSource>,
  epoch: number,
): HistoryEntry[] {
  const blueprint = [...sources.values()];
  let next = 0;
  return traces.map(({ text, step }) => {
    const source = step === undefined ? undefined : blueprint[next++];
    return {
      created: timestamp(epoch),
      created_by: text,
      ...(source === undefined ? {} : { comment: writeRecord(source) }),
      ...(source === undefined || source.entries.length === 0 ? { empty_layer: true } : {}),
    };
  });
}

/**
 * Labels the image with the commit it is built from. When nothing else differs from the previous image, it keeps that one's
 * label, and is that image.
 */
function revise(
  config: ImageConfig,
  dockerfile: Dockerfile,
  { revision }: BuildRequest,
  previous?: PreviousImage,
): ImageConfig {
  const labelled = dockerfile.instructions.some(
    (each) => each.keyword === 'LABEL' && each.pairs.some(({ name }) => name === revisionLabel),
  );
  if (labelled) return config;
  const before = previous?.config.config;
  if (before !== undefined) {
    const candidate = withRevision(config, before.Labels?.[revisionLabel]);
    const asProcess = {
      ...candidate,
      config: { ...candidate.config, ...(before.Cmd === undefined ? {} : { Cmd: before.Cmd }) },
    };
    if ([candidate, asProcess].some((each) => digestOf(JSON.stringify(each)) === previous?.imageId)) return candidate;
  }
  return withRevision(config, revision);
}

function declaresSourceDigest({ instructions }: Dockerfile, { from }: Base): boolean {
  return instructions
    .slice(instructions.indexOf(from))
    .some((each) => each.keyword === 'ARG' && each.args.some(({ name }) => name === sourceDigestArg));
}

function warningsOf(
  dockerfile: Dockerfile,
  { buildArgs = {} }: BuildRequest,
  { sensitiveIncluded }: BuildContext,
): string[] {
  return [
    ...dockerfile.warnings,
    ...undeclaredBuildArgs(dockerfile, buildArgs).map(
      (name) => `No ARG of the Dockerfile declares the build arg ${name}.`,
    ),
    ...[...sensitiveIncluded].map(
      ([path, content]) => `${path} goes into the image, for .dockerignore asks for it: such files hold ${content}.`,
    ),
  ];
}
