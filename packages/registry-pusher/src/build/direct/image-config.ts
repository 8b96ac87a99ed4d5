import type { Evaluation } from '../dockerfile/evaluate.ts';
import type { HistoryEntry, ImageConfig } from '../../image/config.ts';
import type { Digest } from '../../image/digest.ts';

/** What the config says about how the base was built, which is not true of what is built on it. */
const notInherited = new Set(['container', 'container_config', 'docker_version', 'id', 'parent', 'throwaway']);

/** The config of an image on a base: the base's, with our layers, history and run configuration. */
export function configOn(
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
    created: timestamp(epoch),
    config,
    rootfs: { type: 'layers', diff_ids: [...base.rootfs.diff_ids, ...diffIds] },
    history: [...(base.history ?? []), ...history],
  };
}

/** Seconds since 1970 as RFC 3339. */
export function timestamp(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}
