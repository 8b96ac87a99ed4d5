import type { Digest } from './digest.ts';

/**
 * An image's configuration: what its containers run and from which layers. The image ID is the digest of exactly these
 * bytes. Unknown keys are kept. @see OCI image-spec, config.md; Docker image spec v1.2
 */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly created?: string;
  readonly config?: RunConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
  readonly [key: string]: unknown;
}

/** How to run a container. `Env` entries are `NAME=value`; the format writes sets as objects with empty values. */
export interface RunConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly OnBuild?: readonly string[] | null;
  readonly [key: string]: unknown;
}

/** What one instruction did. Entries without `empty_layer` correspond to the layers, in order. */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
  readonly [key: string]: unknown;
}
