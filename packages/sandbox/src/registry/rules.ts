import type { Resource } from './resource.ts';
import type { Storage } from './storage.ts';

/** A manifest on its way in, already checked against the protocol. */
export interface ManifestCandidate {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly mediaType: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** Where the specification leaves a registry the choice. */
export interface RegistryChoices {
  /** Whether blobs of other repositories can be mounted; where not, a mount is answered with a plain upload. */
  readonly mounts: boolean;
  /** Whether an upload may come in more than one PATCH. */
  readonly chunkedUploads: boolean;
  /** How the Location of an upload or of what was stored is written. */
  readonly locations: 'absolute' | 'relative';
}

/** What one registry asks beyond the protocol. Each rule refuses by throwing a `Refusal`. */
export interface RegistryRules {
  /** Before anything of a repository is read or written. `write` is every method but GET and HEAD. */
  admitRepository?(resource: Resource, access: 'read' | 'write'): void | Promise<void>;
  /** From the header alone, before the body is read. */
  admitMediaType?(mediaType: string): void;
  /** Before a manifest becomes visible. */
  admitManifest?(candidate: ManifestCandidate, storage: Storage): void | Promise<void>;
  /** After it became visible. */
  manifestStored?(stored: StoredEvent): void;
}

export interface StoredEvent {
  readonly repository: string;
  readonly reference: string;
  readonly digest: string;
  /** The config's digest; undefined for an index. */
  readonly imageId: string | undefined;
}
