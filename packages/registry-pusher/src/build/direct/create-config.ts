import type { Evaluation } from '../dockerfile/evaluate.ts';
import type { HistoryEntry, ImageConfig } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';

/** Config keys about the base's own build. */
const notInherited = new Set(['container', 'container_config', 'docker_version', 'id', 'parent', 'throwaway']);

/** Returns the config of an image on a base, with the new layers, history and run configuration. */
export function createConfig(
  base: ImageConfig,
  { config, author }: Evaluation,
  diffIds: readonly Digest[],
  history: readonly HistoryEntry[],
  epoch: number,
): ImageConfig {
  const inherited = Object.fromEntries(Object.entries(base).filter(([key]) => !notInherited.has(key)));
  return {
    ...inherited,
    architecture: base.architecture,
    os: base.os,
    ...(author === undefined ? {} : { author }),
    created: formatTimestamp(epoch),
    config,
    rootfs: { type: 'layers', diff_ids: [...base.rootfs.diff_ids, ...diffIds] },
    history: [...(base.history ?? []), ...history],
  };
}

/** Formats seconds since 1970 as RFC 3339. */
export function formatTimestamp(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}
