import type { Release } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { defaultHealthCheck } from '../config/schema.ts';
import type { Health, Observations, RollbackObservation, Stopped } from '../outcome/observations.ts';
import type { DeployPlan } from '../plan/plan.ts';

export const newImage = digestOf('new image');
export const oldImage = digestOf('old image');

/** Returns the plan of a new image for web, over v3. */
export function planOf(overrides: Partial<DeployPlan> = {}): DeployPlan {
  return {
    app: 'shop',
    url: 'https://shop.example/',
    build: { builder: 'direct', reason: 'requested', layers: [] },
    images: [{ type: 'web', repository: 'shop/web', imageId: newImage, running: oldImage, pushed: false }],
    configVars: { set: [], unchanged: [], notInEffect: [], phase: false },
    scale: [],
    keptCounts: [],
    dynos: { web: 1 },
    removals: [],
    othersTypes: [],
    restarts: ['web'],
    release: { needed: true, reason: 'new image for web', phase: false },
    preboot: false,
    verify: { health: defaultHealthCheck, by: 'status' },
    rollback: 'auto',
    rollbackTarget: { id: 'id-3', version: 3 },
    currentRelease: 3,
    warnings: [],
    unknowns: [],
    basis: { appId: 'id-shop', formation: { web: 1 }, configVars: [], config: digestOf('deploy.json') },
    ...overrides,
  };
}

export function releaseOf(version: number, overrides: Partial<Release> = {}): Release {
  return {
    id: `id-${version}`,
    version,
    status: 'succeeded',
    current: true,
    description: 'Deployed web (142013fe2b5c)',
    createdAt: '2026-01-02T03:04:05Z',
    user: 'ana@example.com',
    outputStreamUrl: null,
    eligibleForRollback: true,
    ...overrides,
  };
}

const v3 = releaseOf(3);

/** Returns the observations of a deploy that started from v3. */
export function observed(overrides: Partial<Observations> = {}): Observations {
  return { before: { newest: v3, current: v3 }, others: [], current: v3, ...overrides };
}

export const pushed = { sentBytes: 5, reusedBytes: 0, manifests: {} };

export function healthy(version: number, overrides: Partial<Extract<Health, { kind: 'healthy' }>> = {}) {
  return { kind: 'healthy', dynos: { web: 1 }, responded: true, versionProven: false, version, ...overrides } as const;
}

export function withoutWeb(version: number) {
  return healthy(version, { dynos: { web: 0, worker: 1 }, responded: false });
}

export function unhealthy(version: number, reason = 'web.1 crashed') {
  return { kind: 'unhealthy', reason, version } as const;
}

export function stoppedBy(kind: Stopped['kind'], overrides: Partial<Stopped> = {}): Stopped {
  return kind === 'cancelled'
    ? { kind, code: 'CANCELLED', message: 'stopped by SIGTERM', looked: true, ...overrides }
    : { kind, code: 'UNREACHABLE', message: 'no connection', looked: true, ...overrides };
}

export function rollbackOf(overrides: Partial<RollbackObservation> = {}): RollbackObservation {
  return {
    cause: { kind: 'unhealthy', reason: 'web.1 crashed' },
    target: { id: 'id-3', version: 3 },
    way: 'rollback',
    ...overrides,
  };
}
