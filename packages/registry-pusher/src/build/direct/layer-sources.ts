import { addFacts, type FactsByImage, sortFacts } from '../base/facts-by-image.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import type { CopyFrom } from '../dockerfile/stages.ts';
import type { CopyStep, LayerStep, Trace } from '../dockerfile/step.ts';
import { layerSource, type LayerSource } from '../layer/build-layer.ts';
import type { ContextSources } from '../layer/context-sources.ts';
import type { CopySource } from '../layer/copy-source.ts';
import type { PlannedEntry, PlannedItem } from '../layer/entry.ts';
import { expandGrafts, type ReadItem } from '../layer/expand.ts';
import { hashFiles, type HashedFile, type HashOptions } from '../layer/hash-files.ts';
import { imageSources } from '../layer/image-sources.ts';
import { lookAlikes } from '../layer/look-alikes.ts';
import { LayerPlan } from '../layer/plan-layer.ts';
import type { PreviousLayers } from '../layer/previous-layers.ts';
import { sourceDigest } from '../layer/source-digest.ts';
import { findLibcs } from '../native/loaders.ts';

/** An instruction with what its layer is made from; that may be no entry at all, but still know something of the base. */
export interface SourcedTrace extends Trace {
  readonly source?: LayerSource;
}

export interface LayerSources {
  readonly traces: readonly SourcedTrace[];
  /** Files of the build context that were read. */
  readonly files: readonly HashedFile[];
  readonly warnings: readonly string[];
}

/** A stage or an image that `COPY --from` reads. */
export interface CopiedFrom {
  readonly tree: ImageTree;
  /** As messages call it. */
  readonly name: string;
  /** What images answered while it was planned. */
  readonly asked: FactsByImage;
}

/** What layers are found and read with. */
export interface LayerReading extends HashOptions {
  readonly contextSources: ContextSources;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Layers from other images that it has are not looked into. */
  readonly previous?: Pick<PreviousLayers, 'bySource' | 'records'>;
  /** Gives what images were asked since the last call. */
  readonly takeFacts: () => FactsByImage;
  readonly copiedFrom?: (from: CopyFrom) => CopiedFrom;
}

/**
 * Finds and reads what each layer is made from, in order: a layer stands on those before it.
 * @param tree the base with the layers that are on it already
 * @param below the source digests of these layers
 */
export async function readLayerSources(
  traces: readonly Trace[],
  tree: ImageTree,
  reading: LayerReading,
  below: readonly string[] = [],
): Promise<LayerSources> {
  const sourced: SourcedTrace[] = [];
  const files: HashedFile[] = [];
  const warnings: string[] = [];
  const under = [tree.image.id, ...below];
  for (const trace of traces) {
    if (trace.step === undefined) {
      sourced.push(trace);
      continue;
    }
    const planned = await planLayer(trace.step, tree, reading, warnings);
    const read = await readFiles(planned, reading);
    warnings.push(...lookAlikes(planned.filter((item): item is PlannedEntry => item.type !== 'graft')));
    files.push(...read.files);
    const source = await sourceOf(trace.step, read, tree, reading, under);
    under.push(source.sourceDigest);
    sourced.push({ ...trace, source });
  }
  return { traces: sourced, files, warnings };
}

/** Finds what an instruction puts where; the tree holds it then. */
export async function planLayer(
  step: LayerStep,
  tree: ImageTree,
  reading: Pick<LayerReading, 'contextSources' | 'copiedFrom'>,
  warnings: string[],
): Promise<PlannedItem[]> {
  const plan = new LayerPlan(tree);
  if (step.kind === 'workdir') await plan.workdir(step);
  else {
    const sources = await sourcesOf(step, reading, warnings);
    await plan.copy(step, sources);
    for (const source of sources) warnings.push(...(await source.read()).warnings);
  }
  return plan.items;
}

/** What images answered for the sake of what an instruction copies. */
export function askedFor(step: LayerStep, { copiedFrom }: Pick<LayerReading, 'copiedFrom'>): FactsByImage {
  return step.kind === 'copy' && step.from !== undefined ? copiedFrom!(step.from).asked : new Map();
}

async function sourcesOf(
  step: CopyStep,
  { contextSources, copiedFrom }: Pick<LayerReading, 'contextSources' | 'copiedFrom'>,
  warnings: string[],
): Promise<CopySource[]> {
  const from = step.from && copiedFrom!(step.from);
  const found: CopySource[] = [];
  for (const pattern of step.sources ?? []) {
    const sources =
      from === undefined
        ? await contextSources.find(pattern, step)
        : await imageSources(from.tree, pattern, { ...step, from: from.name });
    if (sources.length === 0) warnings.push(`Dockerfile line ${step.line}: COPY source "${pattern}" matches nothing.`);
    found.push(...sources);
  }
  return found;
}

interface ReadLayer {
  readonly items: readonly ReadItem[];
  readonly files: readonly HashedFile[];
}

async function readFiles(planned: readonly PlannedItem[], reading: LayerReading): Promise<ReadLayer> {
  const files = await hashFiles(
    planned.filter((item) => item.type === 'file'),
    reading,
  );
  let next = 0;
  return { items: planned.map((item) => (item.type === 'file' ? files[next++]!.entry : item)), files };
}

/** Where the layer may hold code for a C library, what the base answers of its own counts too. */
async function sourceOf(
  step: LayerStep,
  { items, files }: ReadLayer,
  tree: ImageTree,
  reading: LayerReading,
  under: readonly string[],
): Promise<LayerSource> {
  const { mtime, previous, takeFacts } = reading;
  const hasGrafts = items.some(({ type }) => type === 'graft');
  if (hasGrafts || files.some(({ native }) => native?.libc !== undefined)) await findLibcs(tree.image.tree);
  const asked: FactsByImage = new Map();
  for (const facts of [takeFacts(), askedFor(step, reading)]) addFacts(asked, facts);
  const facts = asked.get(tree.image.id)!;
  asked.delete(tree.image.id);
  const told = { sourceDigest: sourceDigest(items, mtime, facts, under), facts, from: sortFacts(asked) };
  const known = hasGrafts ? previous?.records.get(told.sourceDigest) : undefined;
  if (known !== undefined) {
    const stored = previous!.bySource.get(told.sourceDigest);
    return { ...known, entries: [], mtime, ...(stored === undefined ? {} : { stored }) };
  }
  const entries = await expandGrafts(items, step.line);
  takeFacts();
  return layerSource(told, entries, mtime);
}
