import { noFacts } from '../base/facts.ts';
import { addFacts, type FactsByImage, sortFacts } from '../base/facts-by-image.ts';
import type { ImageTree } from '../layer/image-tree.ts';
import type { ImageFrom } from '../dockerfile/stages.ts';
import type { CopyStep, LayerStep, Trace } from '../dockerfile/step.ts';
import { createLayerSource, type LayerSource } from '../layer/build-layer.ts';
import type { Layer } from '../../image/image.ts';
import type { BuiltLayer } from '../builder.ts';
import type { LayerRecord } from '../layer/layer-record.ts';
import type { BuildContext } from '../context/build-context.ts';
import { compileGlob } from '../context/glob.ts';
import type { ContextSources } from '../layer/context-sources.ts';
import type { CopySource } from '../layer/copy-source.ts';
import type { PlannedEntry, PlannedItem } from '../layer/entry.ts';
import { expandGrafts, type ReadItem } from '../layer/expand-grafts.ts';
import { hashFiles, type HashedFile, type HashOptions } from '../layer/hash-files.ts';
import { findImageSources } from '../layer/image-sources.ts';
import type { RecordedFacts } from '../layer/layer-record.ts';
import { findCaseCollisions } from '../layer/case-collisions.ts';
import { LayerPlan } from '../layer/plan-layer.ts';
import type { PreviousLayers } from '../layer/previous-layers.ts';
import { computeSourceDigest } from '../layer/source-digest.ts';
import { lookUpLibraries } from './assert-code-runs.ts';

/** An instruction with the source of its layer. A source without entries can still have facts about the base. */
export interface LayerTrace extends Trace {
  readonly source?: LayerSource;
  /** What the check of the image looked up for an instruction without a layer. */
  readonly checked?: RecordedFacts;
  /** The result of a RUN. */
  readonly run?: ExecutedRun;
  /** Whether its stage isn't in the image. */
  readonly isOutside?: boolean;
}

/** What became of a RUN. */
export interface ExecutedRun {
  /** Undefined if it changed nothing. */
  readonly made: { readonly layer: Layer; readonly summary: BuiltLayer } | undefined;
  /** For later builds. */
  readonly record: LayerRecord;
  /** Whether its layer contains a secret: then no cache keeps it. */
  readonly hasSecret?: boolean;
}

export interface LayerSources {
  readonly traces: readonly LayerTrace[];
  /** The files of the build context. */
  readonly files: readonly HashedFile[];
  readonly warnings: readonly string[];
}

/** A stage or an image that `COPY --from` reads. */
export interface CopyOrigin {
  readonly tree: ImageTree;
  /** For messages. */
  readonly name: string;
  /** Facts queried to plan it. */
  readonly facts: FactsByImage;
}

export interface LayerReadOptions extends HashOptions {
  readonly contextSources: ContextSources;
  /** The time of all entries, in seconds since 1970. Without it, times derive from contents. */
  readonly epoch?: number | undefined;
  /** Its copies of other images' layers are reused without reading them. */
  readonly previous?: Pick<PreviousLayers, 'bySource' | 'records'>;
  /** Returns the facts queried since the last call. */
  readonly takeFacts: () => FactsByImage;
  readonly originOf?: (from: ImageFrom) => CopyOrigin;
}

/**
 * Reads the sources of layers in order, because each one depends on the layers below.
 * @param tree the base with the layers below; the new layers are added to it
 * @param below the source digests of the layers below
 */
export async function readLayerSources(
  traces: readonly Trace[],
  tree: ImageTree,
  reading: LayerReadOptions,
  below: readonly string[] = [],
): Promise<LayerSources> {
  const layers: LayerTrace[] = [];
  const files: HashedFile[] = [];
  const warnings: string[] = [];
  const layersBelow = [tree.image.id, ...below];
  for (const trace of traces) {
    if (trace.step === undefined || trace.step.kind === 'run') {
      layers.push(trace);
      continue;
    }
    const planned = await planLayer(trace.step, tree, reading, warnings);
    const read = await readFiles(planned, reading);
    warnings.push(...findCaseCollisions(planned.filter((item): item is PlannedEntry => item.type !== 'graft')));
    files.push(...read.files);
    const source = await createSource(trace.step, read, tree, reading, layersBelow);
    layersBelow.push(source.sourceDigest);
    layers.push({ ...trace, source });
  }
  return { traces: layers, files, warnings };
}

/** Plans an instruction's layer and adds it to the tree. */
export async function planLayer(
  step: LayerStep,
  tree: ImageTree,
  reading: Pick<LayerReadOptions, 'contextSources' | 'originOf'>,
  warnings: string[],
): Promise<PlannedItem[]> {
  const plan = new LayerPlan(tree);
  if (step.kind === 'workdir') await plan.addWorkdir(step);
  else {
    const sources = await findCopySources(step, reading, warnings);
    await plan.addCopy(step, sources);
    for (const source of sources) warnings.push(...(await source.read()).warnings);
  }
  return plan.items;
}

/** Returns the facts behind the source of `COPY --from`. */
export function originFacts(step: LayerStep, { originOf }: Pick<LayerReadOptions, 'originOf'>): FactsByImage {
  const from = step.kind === 'copy' ? step.from : undefined;
  return from === undefined || from.kind === 'context' ? new Map() : originOf!(from).facts;
}

async function findCopySources(
  step: CopyStep,
  { contextSources, originOf }: Pick<LayerReadOptions, 'contextSources' | 'originOf'>,
  warnings: string[],
): Promise<CopySource[]> {
  const own = contextSources.sourcesOf(step.from);
  const from = own === undefined ? originOf!(step.from as ImageFrom) : undefined;
  const found: CopySource[] = [];
  for (const pattern of step.sources ?? []) {
    const sources =
      from === undefined
        ? await own!.find(pattern, step)
        : await findImageSources(from.tree, pattern, { ...step, from: from.name });
    if (sources.length === 0)
      warnings.push(
        `Dockerfile line ${step.line}: ${describeNothing(pattern, contextSources.context, from === undefined)}`,
      );
    found.push(...sources);
  }
  return found;
}

/** A pattern that only matches files with secrets is the likely reason why nothing is left. */
function describeNothing(pattern: string, { sensitiveExcluded }: BuildContext, isFromContext: boolean): string {
  const parts = pattern.replace(/^\.?\/+/, '').split('/');
  const matched = [...sensitiveExcluded].filter((path) => {
    const names = path.split('/');
    return names.length <= parts.length && names.every((name, index) => compileGlob(parts[index]!)(name));
  });
  if (!isFromContext || matched.length === 0) return `COPY source "${pattern}" matches nothing.`;
  return `COPY source "${pattern}" only matches ${matched.join(', ')}, left out because such files may contain secrets. If the image needs it, name it in .dockerignore: !${matched[0]}`;
}

interface ReadLayer {
  readonly items: readonly ReadItem[];
  readonly files: readonly HashedFile[];
}

async function readFiles(planned: readonly PlannedItem[], reading: LayerReadOptions): Promise<ReadLayer> {
  const files = await hashFiles(
    planned.filter((item) => item.type === 'file'),
    reading,
  );
  let next = 0;
  return { items: planned.map((item) => (item.type === 'file' ? files[next++]!.entry : item)), files };
}

/** If the layer may contain code for a C library, its facts include the base's C libraries. */
async function createSource(
  step: LayerStep,
  { items, files }: ReadLayer,
  tree: ImageTree,
  reading: LayerReadOptions,
  layersBelow: readonly string[],
): Promise<LayerSource> {
  const { epoch, previous, takeFacts } = reading;
  const hasGrafts = items.some(({ type }) => type === 'graft');
  if (hasGrafts || files.some(({ native }) => native?.libc !== undefined))
    await lookUpLibraries(files, tree.image.tree);
  const queried: FactsByImage = new Map();
  for (const facts of [takeFacts(), originFacts(step, reading)]) addFacts(queried, facts);
  const facts = queried.get(tree.image.id)!;
  const { isExecuted } = tree.image;
  if (!isExecuted) queried.delete(tree.image.id);
  const record = {
    sourceDigest: computeSourceDigest(items, epoch, facts, layersBelow),
    // Facts about a stage after a RUN are valid for exactly its layers, and not for the base.
    facts: isExecuted ? noFacts : facts,
    from: sortFacts(queried),
  };
  const known = hasGrafts ? previous?.records.get(record.sourceDigest) : undefined;
  if (known !== undefined) {
    const stored = previous!.bySource.get(record.sourceDigest);
    const reread = async () => createLayerSource(record, await expandGrafts(items, step.line), epoch);
    return { ...known, entries: [], epoch, reread, ...(stored === undefined ? {} : { stored }) };
  }
  const entries = await expandGrafts(items, step.line);
  takeFacts();
  return createLayerSource(record, entries, epoch);
}
