import type { Dyno, HerokuClient, Release } from '@tozo/heroku-client';
import type { Services } from '../services.ts';
import { memoryLabels } from './memory-labels.ts';
import { releaseOf } from './observed.ts';

/** An app that has releases and dynos, and can be rolled back. */
export interface RollbackServices extends Services {
  /** Newest first. */
  readonly releases: Release[];
  /** What was requested, in order: `rollback id-2`, `images web`. */
  readonly requests: string[];
  /** Adds a release as the current one. */
  add(description: string): Release;
}

export interface RollbackServicesOptions {
  /** By version, from v1. */
  readonly descriptions: readonly string[];
  /** The state of all dynos. Default `up`. */
  readonly dynoState?: string;
  /** Runs when the rollback is requested, before it takes effect. */
  readonly onRequest?: (services: RollbackServices) => void;
  /** `later`: from the first visit of its URL. */
  readonly maintenance?: boolean | 'later';
  /** By process type. Default: one web dyno. */
  readonly dynos?: Readonly<Record<string, number>>;
}

export function rollbackServices(options: RollbackServicesOptions): RollbackServices {
  const releases: Release[] = [];
  const requests: string[] = [];
  const add = (description: string): Release => {
    const release = releaseOf(releases.length + 1, { description, current: true });
    releases.splice(0, releases.length, release, ...releases.map((older) => ({ ...older, current: false })));
    return release;
  };
  options.descriptions.forEach(add);
  const quantities = options.dynos ?? { web: 1 };
  let isInMaintenance = options.maintenance === true;
  const heroku = {
    account: { get: async () => ({ email: 'owner@example.com', suspendedAt: null, delinquentAt: null }) },
    apps: {
      get: async () => ({
        id: 'app-id',
        name: 'shop',
        webUrl: options.maintenance === 'later' ? 'https://shop.example/' : null,
        buildStack: 'container',
        generation: null,
        maintenance: isInMaintenance,
      }),
    },
    features: { get: async () => ({ name: 'preboot', enabled: false }) },
    configVars: { get: async () => ({}) },
    formation: {
      list: async () => Object.entries(quantities).map(([type, quantity]) => ({ type, quantity })),
    },
    dynos: {
      list: async (): Promise<Partial<Dyno>[]> => {
        const { version } = releases[0]!;
        const release = { id: `id-${version}`, version };
        const running = Object.keys(quantities).filter((type) => quantities[type]! > 0);
        return running.map((type) => ({ name: `${type}.1`, type, state: options.dynoState ?? 'up', release }));
      },
    },
    logs: { recent: async () => [] },
    async getAppPage() {
      isInMaintenance = true;
      return { status: 503, headers: {}, discard: () => undefined };
    },
    releases: {
      async *list() {
        yield* releases;
      },
      get: async (_app: string, version: number) => releases.find((release) => release.version === version)!,
      waitFor: async (_app: string, version: number) => releases.find((release) => release.version === version)!,
    },
    async rollback(_app: string, id: string) {
      requests.push(`rollback ${id}`);
      options.onRequest?.(services);
      const { version } = releases.find((release) => release.id === id)!;
      return { outcome: 'released', release: add(`Rollback to v${version}`), others: [] };
    },
    async releaseImages(_app: string, updates: readonly { type: string; dockerImage: string }[]) {
      requests.push(`images ${updates.map(({ type }) => type).join()}`);
      const images = updates.map(({ type, dockerImage }) => `${type} (${dockerImage.slice(7, 19)})`);
      return { outcome: 'released', release: add(`Deployed ${images.join(', ')}`), others: [] };
    },
  } as unknown as HerokuClient;
  const services: RollbackServices = {
    heroku,
    images: {
      publisher: memoryLabels(),
      createBuilder: () => Promise.reject(new Error()),
      close: async () => undefined,
    },
    onWarning: () => undefined,
    close: async () => undefined,
    releases,
    requests,
    add,
  };
  return services;
}
