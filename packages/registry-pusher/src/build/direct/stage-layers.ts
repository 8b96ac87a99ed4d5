import { addFacts, type FactsByImage } from '../base/facts-by-image.ts';
import { ImageTree } from '../layer/image-tree.ts';
import type { Evaluation } from '../dockerfile/evaluate.ts';
import type { CopyFrom, Stage, StagePlan } from '../dockerfile/stages.ts';
import { formatImageReference } from '../../image/reference.ts';
import type { Images } from './images.ts';
import {
  askedFor,
  type CopiedFrom,
  type LayerReading,
  type LayerSources,
  planLayer,
  readLayerSources,
} from './layer-sources.ts';

/** What an image is made from, from its base on, and what it holds then. */
export interface ImageSources extends LayerSources {
  readonly tree: ImageTree;
}

/**
 * Plans the stages that a target needs, each after those that it needs itself. Of the files of stages that are copied from, those
 * alone are read that go into the image.
 */
export async function readStages(
  plan: StagePlan,
  evaluations: ReadonlyMap<number, Evaluation>,
  images: Images,
  given: Omit<LayerReading, 'takeFacts' | 'copiedFrom'>,
): Promise<ImageSources> {
  const stages = new Map<number, CopiedFrom>();
  const copiedFrom = (from: CopyFrom): CopiedFrom => {
    if (from.kind === 'stage') return stages.get(from.index)!;
    const tree = new ImageTree(images.named(from.reference));
    return { tree, name: formatImageReference(from.reference), asked: new Map() };
  };
  const reading = { ...given, takeFacts: () => images.takeFacts(), copiedFrom };
  const made: LayerSources[] = [];
  for (const stage of plan.needed) {
    const tree = beginning(stage, stages, images);
    const { traces } = evaluations.get(stage.index)!;
    const asked: FactsByImage = new Map();
    stages.set(stage.index, { tree, name: `the stage ${stage.from.name ?? stage.index}`, asked });
    if (plan.chain.includes(stage)) {
      const below = made.flatMap((each) => each.traces.flatMap(({ source }) => source?.sourceDigest ?? []));
      made.push(await readLayerSources(traces, tree, reading, below));
      continue;
    }
    const warnings: string[] = [];
    for (const { step } of traces) {
      if (step === undefined) continue;
      await planLayer(step, tree, reading, warnings);
      addFacts(asked, askedFor(step, reading));
    }
    addFacts(asked, images.takeFacts());
    made.push({ traces: [], files: [], warnings });
  }
  return {
    traces: made.flatMap(({ traces }) => traces),
    files: made.flatMap(({ files }) => files),
    warnings: made.flatMap(({ warnings }) => warnings),
    tree: stages.get(plan.target.index)!.tree,
  };
}

function beginning(stage: Stage, stages: ReadonlyMap<number, CopiedFrom>, images: Images): ImageTree {
  if (stage.base.kind === 'stage') return stages.get(stage.base.index)!.tree.continued();
  return new ImageTree(images.source(images.baseOf(stage)!));
}
