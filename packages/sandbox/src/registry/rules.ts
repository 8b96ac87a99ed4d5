import type { Resource } from './resource.ts';
import type { Storage } from './storage.ts';

/** A pushed manifest that already passed the protocol's checks. */
export interface ManifestCandidate {
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  readonly mediaType: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** What the specification leaves open. */
export interface RegistryChoices {
  /** Whether blobs of other repositories can be mounted. If not, a mount starts a plain upload. */
  readonly mounts: boolean;
  /** Whether an upload may use more than one PATCH. */
  readonly chunkedUploads: boolean;
  /** The form of a Location header. */
  readonly locations: 'absolute' | 'relative';
}

/** One registry's rules beyond the protocol. Each throws a `Refusal` to reject a request. */
export interface RegistryRules {
  /** Runs before a repository is read or written. `write` is true for every method but GET and HEAD. */
  admitRepository?(resource: Resource, access: 'read' | 'write'): void | Promise<void>;
  /** Checks the headers, before the body is read. */
  admitMediaType?(mediaType: string): void;
  /** Runs before a manifest becomes visible. */
  admitManifest?(candidate: ManifestCandidate, storage: Storage): void | Promise<void>;
  /** Runs after it became visible. */
  manifestStored?(stored: StoredEvent): void;
}

export interface StoredEvent {
  readonly repository: string;
  readonly reference: string;
  readonly digest: string;
  /** The config's digest; undefined for an index. */
  readonly imageId: string | undefined;
}
