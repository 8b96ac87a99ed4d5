import { randomUUID } from 'node:crypto';

export type ReleaseStatus = 'pending' | 'succeeded' | 'failed' | 'expired';

/** An image that lies in the registry: `APP/TYPE`, and the digest of its config. */
export interface ImageReference {
  readonly repository: string;
  readonly imageId: string;
}

/** What a release runs: images by process type, commands that override them, and the config vars of that moment. */
export interface Snapshot {
  readonly images: Readonly<Record<string, ImageReference>>;
  readonly commands: Readonly<Record<string, string>>;
  readonly configVars: Readonly<Record<string, string>>;
}

/** Who made a release. */
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
  /** Token of the release phase's output stream; absent when there is no release phase. */
  readonly outputToken?: string;
  /** What the release phase has written. */
  output: string;
}

export interface ProcessType {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  updatedAt: string;
  quantity: number;
  size: string;
}

/** An app as it is kept on disk. */
export interface AppRecord {
  readonly id: string;
  readonly createdAt: string;
  name: string;
  updatedAt: string;
  stack: string;
  maintenance: boolean;
  preboot: boolean;
  /** Port of the app's address, asked for again after a restart. */
  port?: number;
  configVars: Record<string, string>;
  formation: ProcessType[];
  releases: Release[];
}

/** The process type whose image is run once before a release, and never as a dyno of the formation. */
export const releasePhaseType = 'release';

export const emptySnapshot: Snapshot = { images: {}, commands: {}, configVars: {} };

/** A new app has two releases already, as on Heroku, so that its first deploy is v3. */
export function newApp(name: string, stack: string, owner: User): AppRecord {
  const now = timestamp();
  const app: AppRecord = {
    id: randomUUID(),
    createdAt: now,
    updatedAt: now,
    name,
    stack,
    maintenance: false,
    preboot: false,
    configVars: {},
    formation: [],
    releases: [],
  };
  for (const description of ['Initial release', 'Enable Logplex']) {
    app.releases.push(newRelease(app, { description, user: owner, snapshot: emptySnapshot, status: 'succeeded' }));
  }
  return app;
}

/** The app's next release; one with a release phase has a stream for its output. */
export function newRelease(
  app: AppRecord,
  made: Pick<Release, 'description' | 'user' | 'snapshot'> & { readonly status: 'pending' | 'succeeded' },
): Release {
  const now = timestamp();
  return {
    id: randomUUID(),
    version: (app.releases.at(-1)?.version ?? 0) + 1,
    ...made,
    createdAt: now,
    updatedAt: now,
    ...(made.snapshot.images[releasePhaseType] ? { outputToken: randomUUID() } : {}),
    output: '',
  };
}

export function newProcessType(type: string): ProcessType {
  const now = timestamp();
  return { id: randomUUID(), type, createdAt: now, updatedAt: now, quantity: type === 'web' ? 1 : 0, size: 'Basic' };
}

/** The release that runs: the newest one that succeeded. */
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

/** Now, as the Platform API writes times: whole seconds, UTC. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}
