import { addFacts, type FactsByImage } from '../base/facts-by-image.ts';
import { ImageTree } from '../layer/image-tree.ts';
import type { Evaluation } from '../dockerfile/evaluate.ts';
import type { ImageFrom, Stage, StagePlan } from '../dockerfile/stages.ts';
import { formatImageReference } from '../../image/reference.ts';
import type { Images } from './images.ts';
import {
  originFacts,
  type CopyOrigin,
  type LayerReadOptions,
  type LayerSources,
  planLayer,
  readLayerSources,
} from './layer-sources.ts';

/** The sources of an image's layers, and its files. */
export interface ImageSources extends LayerSources {
  readonly tree: ImageTree;
}

/** Reads the layers of the target's stages. Plans the other stages, and reads only their files that go into the image. */
export async function readStages(
  plan: StagePlan,
  evaluations: ReadonlyMap<number, Evaluation>,
  images: Images,
  options: Omit<LayerReadOptions, 'takeFacts' | 'originOf'>,
): Promise<ImageSources> {
  const stages = new Map<number, CopyOrigin>();
  const originOf = (from: ImageFrom): CopyOrigin => {
    if (from.kind === 'stage') return stages.get(from.index)!;
    const tree = new ImageTree(images.sourceOf(from.reference));
    return { tree, name: formatImageReference(from.reference), facts: new Map() };
  };
  const reading = { ...options, takeFacts: () => images.takeFacts(), originOf };
  const sources: LayerSources[] = [];
  for (const stage of plan.needed) {
    const tree = createStageTree(stage, stages, images);
    const { traces } = evaluations.get(stage.index)!;
    const facts: FactsByImage = new Map();
    stages.set(stage.index, { tree, name: `the stage ${stage.from.name ?? stage.index}`, facts });
    if (plan.chain.includes(stage)) {
      const below = sources.flatMap((each) => each.traces.flatMap(({ source }) => source?.sourceDigest ?? []));
      sources.push(await readLayerSources(traces, tree, reading, below));
      continue;
    }
    const warnings: string[] = [];
    for (const { step } of traces) {
      if (step === undefined) continue;
      await planLayer(step, tree, reading, warnings);
      addFacts(facts, originFacts(step, reading));
    }
    addFacts(facts, images.takeFacts());
    sources.push({ traces: [], files: [], warnings });
  }
  return {
    traces: sources.flatMap(({ traces }) => traces),
    files: sources.flatMap(({ files }) => files),
    warnings: sources.flatMap(({ warnings }) => warnings),
    tree: stages.get(plan.target.index)!.tree,
  };
}

function createStageTree(stage: Stage, stages: ReadonlyMap<number, CopyOrigin>, images: Images): ImageTree {
  if (stage.base.kind === 'stage') return stages.get(stage.base.index)!.tree.fork();
  return new ImageTree(images.toSource(images.baseOf(stage)!));
}
