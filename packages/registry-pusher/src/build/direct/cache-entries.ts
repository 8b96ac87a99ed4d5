import type { CacheEntry } from '../../run/cache/cache-entry.ts';
import type { LayerRecord } from '../layer/layer-record.ts';
import { combineDigests } from '../layer/source-digest.ts';
import type { LayerMaker } from './layer-maker.ts';
import type { LayerTrace } from './layer-sources.ts';
import type { CacheableTrace } from './stage-layers.ts';

/**
 * Returns what a cache keeps of a build: the layers of RUN and of copies between stages, and of other instructions only what was
 * looked up for them, because their files are here in the next build, too. Without a RUN, there's nothing to keep. A cache is in a
 * registry, so it keeps no layer with a secret.
 * @param hasSecret whether a secret was found in the layer of a copy
 */
export async function createCacheEntries(
  traces: readonly CacheableTrace[],
  maker: LayerMaker,
  hasSecret: (trace: LayerTrace) => boolean,
): Promise<CacheEntry[]> {
  if (!traces.some(({ trace }) => trace.run !== undefined)) return [];
  const entries: CacheEntry[] = [];
  for (const { trace, base } of traces) {
    const record = recordOf(trace);
    if (record === undefined) continue;
    const isKept = trace.run !== undefined || trace.step?.kind !== 'copy' || trace.step.from?.kind === 'stage';
    const made = isKept && trace.step?.kind !== 'workdir' ? await maker.make(trace) : undefined;
    if (trace.run?.hasSecret === true || hasSecret(trace)) continue;
    // Without space for a compressed layer, it's compressed while it's pushed, which is too late to sign it.
    if (made?.layer.kind === 'tar') continue;
    entries.push({ text: trace.text, record, base, ...(made === undefined ? {} : { layer: made.layer }) });
  }
  return entries;
}

function recordOf({ text, source, run, checked }: CacheableTrace['trace']): LayerRecord | undefined {
  if (checked !== undefined) return { ...checked, sourceDigest: combineDigests([text, checked]), files: 0, size: 0 };
  if (source === undefined) return run?.record;
  const { sourceDigest, facts, from, files, size } = source;
  return { sourceDigest, facts, files, size, ...(from === undefined ? {} : { from }) };
}
