import type { RememberingTree } from '../base/facts.ts';
import { ImageTree } from '../base/image-tree.ts';
import type { BuildContext } from '../context/build-context.ts';
import type { LayerStep, Trace } from '../dockerfile/step.ts';
import { layerSource, type LayerSource } from '../layer/build-layer.ts';
import { hashFiles, type HashedFile, type HashOptions } from '../layer/hash-files.ts';
import { lookAlikes } from '../layer/look-alikes.ts';
import { LayerPlan } from '../layer/plan-layer.ts';

/** An instruction with what its layer is made from; that may be no entry at all, but still know something of the base. */
export interface SourcedTrace extends Trace {
  readonly source?: LayerSource;
}

export interface LayerSources {
  readonly traces: readonly SourcedTrace[];
  readonly files: readonly HashedFile[];
  readonly warnings: readonly string[];
}

/**
 * Finds and reads what each layer is made from, in order: a layer stands on those before it.
 * @param tree the base with the layers that are on it already
 */
export async function readLayerSources(
  traces: readonly Trace[],
  context: BuildContext,
  base: RememberingTree,
  { mtime, ...options }: HashOptions & { readonly mtime: number },
  tree = new ImageTree(base),
): Promise<LayerSources> {
  const sourced: SourcedTrace[] = [];
  const files: HashedFile[] = [];
  const warnings: string[] = [];
  for (const trace of traces) {
    if (trace.step === undefined) {
      sourced.push(trace);
      continue;
    }
    const plan = await planLayer(trace.step, tree, context);
    const planned = plan.entries;
    const hashed = await hashFiles(
      planned.filter((entry) => entry.type === 'file'),
      options,
    );
    let next = 0;
    const entries = planned.map((entry) => (entry.type === 'file' ? hashed[next++]!.entry : entry));
    sourced.push({ ...trace, source: layerSource(entries, mtime, base.takeFacts()) });
    files.push(...hashed);
    warnings.push(...plan.warnings, ...lookAlikes(planned));
  }
  return { traces: sourced, files, warnings };
}

async function planLayer(step: LayerStep, tree: ImageTree, context: BuildContext): Promise<LayerPlan> {
  const plan = new LayerPlan(tree, context);
  await (step.kind === 'copy' ? plan.copy(step) : plan.workdir(step));
  return plan;
}
