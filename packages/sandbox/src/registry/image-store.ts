/** What the Heroku API needs from the registry: whether an image was pushed for a process type, and its contents. */
export interface ImageStore {
  /** Returns the manifest in `repository` whose config has this digest, tagged or not; undefined if none was pushed. */
  findImage(repository: string, imageId: string): Promise<PushedImage | undefined>;
}

/** An image store that also knows its registry's tags. */
export interface TaggedImageStore extends ImageStore {
  /** The digest of the manifest that a repository's tag `latest` points to. */
  latestManifest(repository: string): Promise<string | undefined>;
  /** When an image was last pushed, in milliseconds. */
  pushedAt(repository: string, imageId: string): Promise<number | undefined>;
}

export interface PushedImage {
  readonly manifestDigest: string;
  /** Layers in order, compressed sizes in bytes. */
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  readonly config: {
    readonly config?: {
      readonly Env?: readonly string[];
      readonly Entrypoint?: readonly string[] | null;
      readonly Cmd?: readonly string[] | null;
      readonly WorkingDir?: string;
      readonly User?: string;
      readonly Labels?: Readonly<Record<string, string>> | null;
    };
    readonly rootfs: { readonly diff_ids: readonly string[] };
  };
}
