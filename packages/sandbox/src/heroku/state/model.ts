import { createHash, randomUUID } from 'node:crypto';

export type ReleaseStatus = 'pending' | 'succeeded' | 'failed' | 'expired';

/** An image in the registry: its repository, `ID/TYPE` by the app's ID, and the digest of its config. */
export interface ImageReference {
  readonly repository: string;
  readonly imageId: string;
}

/** Returns the repository of an app's process type, which stays the same if the app is renamed. */
export function repositoryOf({ id }: Pick<AppRecord, 'id'>, type: string): string {
  return `${id}/${type}`;
}

/** Derives a UUID from a text: the same text always gets the same one. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** What a release runs: images and overriding commands by process type, and the config vars at that time. */
export interface Snapshot {
  readonly images: Readonly<Record<string, ImageReference>>;
  readonly commands: Readonly<Record<string, string>>;
  readonly configVars: Readonly<Record<string, string>>;
}

/** Returns the image of a process type, which may be named like a property that every object has. */
export function imageOf({ images }: Pick<Snapshot, 'images'>, type: string): ImageReference | undefined {
  return Object.hasOwn(images, type) ? images[type] : undefined;
}

/** Who created a release. */
export interface User {
  readonly id: string;
  readonly email: string;
}

export interface Release {
  readonly id: string;
  readonly version: number;
  readonly description: string;
  readonly user: User;
  readonly createdAt: string;
  updatedAt: string;
  status: ReleaseStatus;
  snapshot: Snapshot;
  /** The token of the release phase's output stream; undefined without a release phase. */
  readonly outputToken?: string;
  /** The end of the release phase's output, kept for after a restart of the sandbox. */
  output: string;
  /** Whether its images were removed: then it can't be rolled back to. */
  isRetired?: boolean;
}

/** Whether an app can be rolled back to a release: it succeeded, and has images that still exist. */
export function isEligibleForRollback({ status, snapshot, isRetired = false }: Release): boolean {
  return status === 'succeeded' && Object.keys(snapshot.images).length > 0 && !isRetired;
}

export interface ProcessType {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  updatedAt: string;
  quantity: number;
  size: string;
}

/** An app as stored on disk. */
export interface AppRecord {
  readonly id: string;
  readonly createdAt: string;
  name: string;
  updatedAt: string;
  stack: string;
  /** Default: us. */
  readonly region?: string;
  maintenance: boolean;
  preboot: boolean;
  /** The port of the app's address, reused after a restart. */
  port?: number;
  configVars: Record<string, string>;
  formation: ProcessType[];
  releases: Release[];
}

/** The process type whose image runs once before a release and has no dynos in the formation. */
export const releasePhaseType = 'release';

export const emptySnapshot: Snapshot = { images: {}, commands: {}, configVars: {} };

/** Creates an app with two releases, as Heroku does: the first deploy is v3. */
export function createAppRecord(name: string, stack: string, owner: User, now: string, region = 'us'): AppRecord {
  const app: AppRecord = {
    id: randomUUID(),
    createdAt: now,
    updatedAt: now,
    name,
    stack,
    region,
    maintenance: false,
    preboot: false,
    configVars: {},
    formation: [],
    releases: [],
  };
  for (const description of ['Initial release', 'Enable Logplex']) {
    app.releases.push(
      createRelease(app, { description, user: owner, snapshot: emptySnapshot, status: 'succeeded', now }),
    );
  }
  return app;
}

/** Creates the app's next release; one with a release phase gets an output stream. */
export function createRelease(
  app: AppRecord,
  {
    now,
    ...options
  }: Pick<Release, 'description' | 'user' | 'snapshot'> & {
    readonly status: 'pending' | 'succeeded' | 'failed';
    readonly now: string;
  },
): Release {
  return {
    id: randomUUID(),
    version: (app.releases.at(-1)?.version ?? 0) + 1,
    ...options,
    createdAt: now,
    updatedAt: now,
    ...(options.snapshot.images[releasePhaseType] ? { outputToken: randomUUID() } : {}),
    output: '',
  };
}

export function createProcessType(type: string, now: string, size = 'Basic'): ProcessType {
  return { id: randomUUID(), type, createdAt: now, updatedAt: now, quantity: type === 'web' ? 1 : 0, size };
}

/** Returns the running release: the newest one that succeeded. */
export function currentRelease(app: AppRecord): Release {
  const current = app.releases.findLast((release) => release.status === 'succeeded');
  if (!current) throw new Error(`App ${app.name} has no release.`);
  return current;
}

export function newestRelease(app: AppRecord): Release {
  const newest = app.releases.at(-1);
  if (!newest) throw new Error(`App ${app.name} has no release.`);
  return newest;
}
