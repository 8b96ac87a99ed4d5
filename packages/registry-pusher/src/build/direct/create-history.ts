import type { HistoryEntry } from '../../image/config.ts';
import { isEmpty } from '../layer/build-layer.ts';
import { formatFacts, formatRecord } from '../layer/layer-record.ts';
import { formatTimestamp } from './create-config.ts';
import type { LayerTrace } from './layer-sources.ts';

/** Returns one entry per instruction. Entries of layers contain the record for later builds. */
export function createHistory(traces: readonly LayerTrace[], epoch: number): HistoryEntry[] {
  return traces.map((trace) => {
    const comment = commentOf(trace);
    return {
      created: formatTimestamp(epoch),
      created_by: trace.text,
      ...(comment === undefined ? {} : { comment }),
      ...(hasLayer(trace) ? {} : { empty_layer: true }),
    };
  });
}

function commentOf({ source, run, checked }: LayerTrace): string | undefined {
  if (checked !== undefined) return formatFacts(checked);
  const record = source ?? run?.record;
  return record === undefined ? undefined : formatRecord(record);
}

function hasLayer({ source, run }: LayerTrace): boolean {
  return source === undefined ? run?.made !== undefined : !isEmpty(source);
}
