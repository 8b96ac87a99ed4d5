import { addFacts, type FactsByImage } from '../base/facts-by-image.ts';
import { readLayerTree } from '../base/layer-tree.ts';
import type { SourceImage } from '../base/source-image.ts';
import type { ImageReader } from '../base-image.ts';
import { ImageTree } from '../layer/image-tree.ts';
import type { Evaluation } from '../dockerfile/evaluate.ts';
import type { ImageFrom, Stage, StagePlan } from '../dockerfile/stages.ts';
import type { Trace } from '../dockerfile/step.ts';
import { formatImageReference } from '../../image/reference.ts';
import type { ChainLayer, LayerChain } from '../../run/executor.ts';
import type { RunStep } from '../../run/run-step.ts';
import type { Digest } from '../../image/digest.ts';
import type { LayerBelow } from '../../run/key/run-parts.ts';
import { isStoredFile } from '../layer/entry.ts';
import { findExecutedStages } from './executed-stages.ts';
import type { RunPlace } from './run-reuse.ts';
import type { Images } from './images.ts';
import type { LayerMaker } from './layer-maker.ts';
import { openLayer } from './open-layer.ts';
import {
  originFacts,
  type CopyOrigin,
  type ExecutedRun,
  type LayerReadOptions,
  type LayerSources,
  type LayerTrace,
  planLayer,
  readLayerSources,
} from './layer-sources.ts';

/** The sources of an image's layers, and its files. */
export interface ImageSources extends LayerSources {
  readonly tree: ImageTree;
  /** The instructions of all stages that were read, in order. */
  readonly cacheable: readonly CacheableTrace[];
}

/** Returns the layers of an earlier stage, all of them made. */
export type StageLayers = (index: number) => Promise<LayerChain>;

export interface StageReadOptions extends Omit<LayerReadOptions, 'takeFacts' | 'originOf'> {
  /** Makes the layers below a RUN. */
  readonly maker: LayerMaker;
  /** Reads the layers that are in a registry. */
  readonly registry: ImageReader;
  /** Executes a RUN, or finds its layer. Nothing below is downloaded or unpacked before it opens it. */
  readonly execute: (step: RunStep, below: LayerChain, stages: StageLayers, place: RunPlace) => Promise<ExecutedRun>;
  /** Returns whether a stage's base can't change as long as the Dockerfile and its lock file don't. */
  readonly isPinned: (stage: Stage) => boolean;
}

/** A stage's files and layers so far. */
interface StageResult extends CopyOrigin {
  tree: ImageTree;
  /** The layers of the base, and the instructions since. */
  readonly chain: (ChainLayer | LayerTrace)[];
  /** The source digests of the layers since the last RUN. */
  below: string[];
  readonly base: RunPlace['base'];
  readonly isInImage: boolean;
  /** What a cache keeps of its layers. */
  readonly cacheable: CacheableTrace[];
}

/** An instruction whose layer or facts a later build may need, and the image that its facts are about. */
export interface CacheableTrace {
  readonly trace: LayerTrace;
  readonly base: Digest;
}

/**
 * Reads the layers of the target's stages, and executes their RUNs in order. Plans the other stages: reads only their files
 * that go into the image, unless one of their RUNs needs them.
 */
export async function readStages(
  plan: StagePlan,
  evaluations: ReadonlyMap<number, Evaluation>,
  images: Images,
  options: StageReadOptions,
): Promise<ImageSources> {
  const stages = new Map<number, StageResult>();
  const originOf = (from: ImageFrom): CopyOrigin => {
    if (from.kind === 'stage') return stages.get(from.index)!;
    const tree = new ImageTree(images.sourceOf(from.reference));
    return { tree, name: formatImageReference(from.reference), facts: new Map() };
  };
  const reading = { ...options, takeFacts: () => images.takeFacts(), originOf };
  const executed = findExecutedStages(plan);
  const layersOf: StageLayers = (index) => makeChain(stages.get(index)!, options);
  const sources: LayerSources[] = [];
  for (const stage of plan.needed) {
    const { traces } = evaluations.get(stage.index)!;
    const isInImage = plan.chain.includes(stage);
    const result = { ...startStage(stage, stages, images, options.isPinned), isInImage };
    stages.set(stage.index, result);
    if (!isInImage && !executed.has(stage.index)) {
      sources.push(await planStage(traces, result, images, reading));
      continue;
    }
    // Files that no image contains may hold secrets.
    const ownReading = isInImage ? reading : { ...reading, secrets: [] };
    const read = await readStage(traces, result, images, ownReading, layersOf);
    sources.push(isInImage ? read : { traces: [], files: [], warnings: read.warnings });
  }
  return {
    traces: sources.flatMap(({ traces }) => traces),
    files: sources.flatMap(({ files }) => files),
    warnings: sources.flatMap(({ warnings }) => warnings),
    tree: stages.get(plan.target.index)!.tree,
    cacheable: [...stages.values()].flatMap(({ cacheable }) => cacheable),
  };
}

function startStage(
  stage: Stage,
  stages: ReadonlyMap<number, StageResult>,
  images: Images,
  isPinned: (stage: Stage) => boolean,
): Omit<StageResult, 'isInImage'> {
  const name = `the stage ${stage.from.name ?? stage.index}`;
  if (stage.base.kind === 'stage') {
    const { tree, chain, below, base } = stages.get(stage.base.index)!;
    return { tree: tree.fork(), name, facts: new Map(), chain: [...chain], below: [...below], base, cacheable: [] };
  }
  const image = images.baseOf(stage)!;
  const tree = new ImageTree(images.toSource(image));
  const base = { name: stage.from.image, isPinned: isPinned(stage) };
  return { tree, name, facts: new Map(), chain: images.layersOf(image), below: [], base, cacheable: [] };
}

type Reading = StageReadOptions & Pick<LayerReadOptions, 'takeFacts' | 'originOf'>;

async function planStage(
  traces: readonly Trace[],
  { tree, facts }: StageResult,
  images: Images,
  reading: Reading,
): Promise<LayerSources> {
  const warnings: string[] = [];
  for (const { step } of traces) {
    if (step === undefined || step.kind === 'run') continue;
    await planLayer(step, tree, reading, warnings);
    addFacts(facts, originFacts(step, reading));
  }
  addFacts(facts, images.takeFacts());
  return { traces: [], files: [], warnings };
}

async function readStage(
  traces: readonly Trace[],
  result: StageResult,
  images: Images,
  reading: Reading,
  layersOf: StageLayers,
): Promise<LayerSources> {
  const parts: LayerSources[] = [];
  const readSegment = async (segment: readonly Trace[]) => {
    const { traces: ownTraces, ...read } = await readLayerSources(segment, result.tree, reading, result.below);
    const made = result.isInImage ? ownTraces : ownTraces.map((trace) => ({ ...trace, isOutside: true }));
    parts.push({ ...read, traces: made });
    result.chain.push(...made);
    const { id: base } = result.tree.image;
    result.cacheable.push(...made.filter(({ source }) => source !== undefined).map((trace) => ({ trace, base })));
    for (const { source } of made) {
      if (source === undefined) continue;
      result.below.push(source.sourceDigest);
      addFacts(result.facts, new Map([[result.tree.image.id, source.facts]]));
      addFacts(result.facts, new Map(Object.entries(source.from ?? {})) as FactsByImage);
    }
  };
  let segment: Trace[] = [];
  for (const trace of traces) {
    if (trace.step?.kind !== 'run') {
      segment.push(trace);
      continue;
    }
    await readSegment(segment);
    segment = [];
    const below = await makeChain(result, reading);
    const layers = await describeLayers(result, reading.maker);
    const place = { base: result.base, layers, isInImage: result.isInImage };
    const run = await reading.execute(trace.step, below, layersOf, place);
    const ran: LayerTrace = { ...trace, run };
    result.chain.push(ran);
    result.cacheable.push({ trace: ran, base: result.tree.image.id });
    parts.push({ traces: [ran], files: [], warnings: [] });
    if (run.made === undefined) continue;
    result.tree = new ImageTree(toSource(result, await makeChain(result, reading), images));
    result.below = [];
  }
  await readSegment(segment);
  return {
    traces: parts.flatMap((part) => part.traces),
    files: parts.flatMap(({ files }) => files),
    warnings: parts.flatMap(({ warnings }) => warnings),
  };
}

/** A stage after a RUN is an image of its own: what follows is planned on its files. */
function toSource({ tree, name }: StageResult, chain: LayerChain, images: Images): SourceImage {
  const { image: below } = tree;
  const own = (layers: number) => chain.slice(layers).map(({ open }) => open);
  return images.toSource({
    name,
    isExecuted: true,
    config: { rootfs: { type: 'layers', diff_ids: chain.map(({ diffId }) => diffId) } },
    openTree: async () => {
      const layers = below.layerCount;
      return readLayerTree(own(layers), { tree: await below.tree.open(), layers });
    },
    openLayer: (index) => chain[index]!.open(),
  });
}

/** Describes the layers of a stage that instructions made. */
async function describeLayers({ chain }: StageResult, maker: LayerMaker): Promise<LayerBelow[]> {
  const layers: LayerBelow[] = [];
  for (const each of chain) {
    if ('diffId' in each) continue;
    const made = await maker.make(each);
    if (made === undefined) continue;
    const { line, text, source } = each;
    const files = (source?.entries ?? []).flatMap((entry) =>
      entry.type === 'file' && !isStoredFile(entry) ? [[entry.contextPath, entry.digest] as const] : [],
    );
    layers.push({ line, text, diffId: made.layer.diffId, files: new Map(files) });
  }
  return layers;
}

/** Makes the layers of a stage that aren't made yet. */
async function makeChain({ chain }: StageResult, { maker, registry, signal }: StageReadOptions): Promise<LayerChain> {
  const layers: ChainLayer[] = [];
  for (const each of chain) {
    if ('diffId' in each) {
      layers.push(each);
      continue;
    }
    const made = await maker.make(each);
    if (made === undefined) continue;
    const { layer } = made;
    layers.push({ diffId: layer.diffId, open: () => openLayer(layer, registry, signal) });
  }
  return layers;
}
