/** What the Heroku side asks of the registry: whether an image was pushed for a process type, and what it is. */
export interface ImageStore {
  /** The manifest in `repository` whose config has this digest, whatever tag points to it now; undefined when none was pushed. */
  findImage(repository: string, imageId: string): Promise<PushedImage | undefined>;
}

/** An image store that knows its registry's tags, too. */
export interface TaggedImageStore extends ImageStore {
  /** Digest of the manifest that the tag `latest` of a repository points to. */
  latestManifest(repository: string): Promise<string | undefined>;
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
