import {
  type FormationUpdate,
  type HerokuClient,
  type ProcessType,
  type Release,
  type ReleaseOutcome,
  Secret,
  shortImageId,
} from '@tozo/heroku-client';
import type { Digest } from '../ports.ts';

/** What a release runs. */
interface Snapshot {
  readonly images: Readonly<Record<string, Digest>>;
  readonly configVars: Readonly<Record<string, string>>;
}

interface ModelRelease extends Release {
  readonly snapshot: Snapshot;
}

/** One request that changes something. */
export type Write =
  | { readonly kind: 'push'; readonly repository: string; readonly imageId: Digest }
  | { readonly kind: 'config-vars'; readonly changes: Readonly<Record<string, string | null>> }
  | { readonly kind: 'images'; readonly updates: readonly FormationUpdate[] }
  | { readonly kind: 'scale'; readonly counts: readonly { readonly type: string; readonly quantity: number }[] }
  | { readonly kind: 'rollback'; readonly releaseId: string }
  | { readonly kind: 'remove'; readonly type: string };

/** How an image behaves once it's released. */
export interface Behavior {
  readonly healthy: boolean;
  /** Whether its release phase succeeds, as type `release`. */
  readonly phaseSucceeds: boolean;
  readonly version: Digest;
}

/** One app on Heroku, as its documentation and the facts about it say: what requests change, and what a journal would show. */
export class ModelHeroku {
  readonly appId = 'id-shop';
  readonly journal: Write[] = [];
  /** The process types whose dynos restarted, release by release. */
  readonly restarts: string[][] = [];
  phases = 0;
  maintenance = false;
  /** Whether the removal of a process type is a release of its own, or changes the current one. Heroku documents neither. */
  releasesRemovals = false;
  /** Returns the status with which the app's own page responds. Runs at each visit. */
  page: () => number = () => 200;
  readonly #behaviorOf: (image: Digest) => Behavior;
  readonly #releases: ModelRelease[] = [];
  readonly #quantities = new Map<string, number>();
  #configVars: Record<string, string> = {};
  #user = 'us@example.com';

  constructor(behaviorOf: (image: Digest) => Behavior) {
    this.#behaviorOf = behaviorOf;
    for (const description of ['Initial release', 'Enable Logplex']) this.#release(description, noSnapshot);
  }

  get current(): ModelRelease {
    return this.#releases.findLast(({ status }) => status === 'succeeded')!;
  }

  get releases(): readonly ModelRelease[] {
    return this.#releases.map((release) => ({ ...release, current: release === this.current })).toReversed();
  }

  get configVars(): Readonly<Record<string, string>> {
    return this.#configVars;
  }

  get formation(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#quantities);
  }

  /** Whether all dynos run, and don't crash. */
  isHealthy(): boolean {
    return this.#dynoTypes().every((type) => this.#behaviorOf(this.current.snapshot.images[type]!).healthy);
  }

  /** Runs changes as another person: they aren't part of the journal. */
  asSomeoneElse(change: () => void): void {
    const length = this.journal.length;
    this.#user = 'them@example.com';
    change();
    this.#user = 'us@example.com';
    this.journal.splice(length);
  }

  scale(type: string, quantity: number): void {
    if (this.#quantities.has(type)) this.#quantities.set(type, quantity);
  }

  addChange(description: string): void {
    this.#release(description, this.current.snapshot);
  }

  patchConfigVars(changes: Readonly<Record<string, string | null>>): ModelRelease | undefined {
    this.journal.push({ kind: 'config-vars', changes });
    const differing = Object.entries(changes).filter(([name, value]) => (this.#configVars[name] ?? null) !== value);
    if (differing.length === 0) return undefined;
    const kept = Object.entries(this.#configVars).filter(([name]) => !differing.some(([changed]) => changed === name));
    const set = differing.filter((entry): entry is [string, string] => entry[1] !== null);
    this.#configVars = Object.fromEntries([...kept, ...set]);
    const description = `Set ${differing.map(([name]) => name).join(', ')} config vars`;
    return this.#release(description, { ...this.current.snapshot, configVars: this.#configVars });
  }

  updateFormation(updates: readonly FormationUpdate[]): ModelRelease | undefined {
    this.journal.push({ kind: 'images', updates });
    for (const { type, quantity } of updates) {
      const before = this.#quantities.get(type) ?? (type === 'web' ? 1 : 0);
      this.#quantities.set(type, quantity ?? before);
    }
    const images = Object.fromEntries(updates.map(({ type, dockerImage }) => [type, dockerImage as Digest]));
    const newest = this.#releases.at(-1)!;
    if (Object.entries(images).every(([type, image]) => newest.snapshot.images[type] === image)) return undefined;
    const names = Object.entries(images).map(([type, image]) => `${type} (${shortImageId(image)})`);
    return this.#release(`Deployed ${names.join(', ')}`, {
      images: { ...this.current.snapshot.images, ...images },
      configVars: this.#configVars,
    });
  }

  rollBack(releaseId: string): ModelRelease {
    this.journal.push({ kind: 'rollback', releaseId });
    const target = this.#releases.find(({ id }) => id === releaseId)!;
    this.#configVars = { ...target.snapshot.configVars };
    return this.#release(`Rollback to v${target.version}`, target.snapshot);
  }

  remove(type: string): void {
    this.journal.push({ kind: 'remove', type });
    const { snapshot } = this.current;
    const images = Object.fromEntries(Object.entries(snapshot.images).filter(([name]) => name !== type));
    if (this.releasesRemovals) {
      const { status } = this.#release(`Removed ${type}`, { ...snapshot, images });
      if (status === 'succeeded') this.#quantities.delete(type);
      return;
    }
    this.#quantities.delete(type);
    Object.assign(this.#releases[this.#releases.indexOf(this.current)]!, { snapshot: { ...snapshot, images } });
  }

  /** Returns the client of this app. Releases end at once. */
  client(): HerokuClient {
    const client = {
      account: { get: async () => ({ email: this.#user, suspendedAt: null, delinquentAt: null }) },
      apps: { get: async () => appOf(this.appId, this.maintenance) },
      features: { get: async () => ({ name: 'preboot', enabled: false }) },
      configVars: { get: async () => secretsOf(this.#configVars) },
      formation: {
        list: async () => [...this.#quantities].map(([type, quantity]) => ({ type, quantity }) as ProcessType),
        update: async (_app: string, counts: readonly { readonly type: string; readonly quantity: number }[]) => {
          this.journal.push({ kind: 'scale', counts });
          for (const { type, quantity } of counts) this.scale(type, quantity);
        },
        remove: async (_app: string, type: string) => this.remove(type),
      },
      releases: {
        list: (_app: string) => iterate(this.releases),
        waitFor: async (_app: string, version: number) => this.releases.find((release) => release.version === version)!,
      },
      dynos: { list: async () => this.#dynos() },
      logs: { recent: async () => [] },
      getAppPage: async () => this.#page(),
      setConfigVars: async (_app: string, changes: Readonly<Record<string, Secret | null>>) => {
        const values = Object.entries(changes).map(([name, value]) => [name, value?.reveal() ?? null] as const);
        return outcomeOf(this.patchConfigVars(Object.fromEntries(values)));
      },
      releaseImages: async (_app: string, updates: readonly FormationUpdate[]) =>
        outcomeOf(this.updateFormation(updates)),
      rollback: async (_app: string, id: string) => outcomeOf(this.rollBack(id)),
    };
    return client as unknown as HerokuClient;
  }

  #release(description: string, snapshot: Snapshot): ModelRelease {
    const { release: phase } = snapshot.images;
    if (phase) this.phases += 1;
    const succeeded = !phase || this.#behaviorOf(phase).phaseSucceeds;
    const version = this.#releases.length + 1;
    const release: ModelRelease = {
      id: `id-${version}`,
      version,
      description,
      status: succeeded ? 'succeeded' : 'failed',
      current: succeeded,
      createdAt: new Date().toISOString(),
      user: this.#user,
      outputStreamUrl: null,
      eligibleForRollback: null,
      snapshot,
    };
    this.#releases.push(release);
    if (succeeded) this.restarts.push(this.#dynoTypes());
    return release;
  }

  #dynoTypes(): string[] {
    const running = [...this.#quantities].filter(([type, count]) => count > 0 && this.current.snapshot.images[type]);
    return running.map(([type]) => type).filter((type) => type !== 'release');
  }

  #dynos(): unknown[] {
    const { version, snapshot } = this.current;
    return this.#dynoTypes().flatMap((type) =>
      Array.from({ length: this.#quantities.get(type)! }, (_, index) => ({
        name: `${type}.${index + 1}`,
        type,
        state: this.#behaviorOf(snapshot.images[type]!).healthy ? 'up' : 'crashed',
        release: { version },
      })),
    );
  }

  #page(): unknown {
    const status = this.page();
    const headers = { 'x-version': this.#behaviorOf(this.current.snapshot.images['web']!).version };
    return { status: this.maintenance ? 503 : status, headers, body: iterate([]), discard: () => undefined };
  }
}

const noSnapshot: Snapshot = { images: {}, configVars: {} };

function appOf(id: string, maintenance: boolean): unknown {
  const webUrl = 'https://shop.example/';
  return { id, name: 'shop', webUrl, buildStack: 'container', maintenance, generation: 'cedar' };
}

function secretsOf(values: Readonly<Record<string, string>>): Record<string, Secret> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
}

function outcomeOf(release: ModelRelease | undefined): ReleaseOutcome {
  return release ? { outcome: 'released', release, others: [] } : { outcome: 'unchanged', others: [] };
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}
