import type { DeployReport } from '@tozo/deploy';
import type { Sandbox } from '@tozo/sandbox';
import { expect } from 'vitest';
import { type Deployed, deployOnce } from '../src/testing/deploy-once.ts';
import type { DeployOrder } from '../src/testing/deployer-process.ts';
import { createStages, promotion } from '../src/testing/stages.ts';
import { createTrialApp, type TrialApp, type Version } from '../src/testing/trial-app.ts';

/** A deploy that is killed. */
export interface Kind {
  readonly name: string;
  /** Whether versions get to the app from another one, where they were verified. */
  readonly isPromotion?: boolean;
  readonly before?: Version;
  readonly after: Version;
  /** The outcome of the deploy after the killed one. */
  readonly outcomes: readonly DeployReport['outcome'][];
}

export const goesLive = ['deployed', 'unchanged'] as const;
export const kinds: readonly Kind[] = [
  { name: 'first', after: { version: 2, worker: true, level: 'loud' }, outcomes: goesLive },
  { name: 'code', before: { version: 1 }, after: { version: 2 }, outcomes: goesLive },
  {
    name: 'config',
    before: { version: 1, level: 'quiet' },
    after: { version: 1, level: 'loud' },
    outcomes: goesLive,
  },
  {
    name: 'both',
    before: { version: 1, level: 'quiet' },
    after: { version: 2, level: 'loud' },
    outcomes: goesLive,
  },
  {
    name: 'three types',
    before: { version: 1, worker: true, clock: true },
    after: { version: 2, worker: true, clock: true },
    outcomes: goesLive,
  },
  {
    name: 'release phase',
    before: { version: 1, releasePhase: true },
    after: { version: 2, releasePhase: true },
    outcomes: goesLive,
  },
  {
    name: 'failing release phase',
    before: { version: 1, releasePhase: true, level: 'quiet' },
    after: { version: 2, behavior: 'release phase fails', level: 'loud' },
    outcomes: ['failed'],
  },
  {
    name: 'unhealthy',
    before: { version: 1, level: 'quiet' },
    after: { version: 2, behavior: 'crashes', level: 'loud' },
    outcomes: ['rolled-back'],
  },
  {
    name: 'promotion',
    isPromotion: true,
    before: { version: 1, level: 'production' },
    after: { version: 2, level: 'production' },
    outcomes: goesLive,
  },
];

/** The app that is deployed to, and how. */
export interface Prepared extends AsyncDisposable {
  readonly app: TrialApp;
  readonly order: Pick<DeployOrder, 'directory' | 'app' | 'options'>;
}

/** Runs what is before a kind's deploy, and writes what is deployed. */
export async function prepare(sandbox: Sandbox, { isPromotion, before, after }: Kind): Promise<Prepared> {
  if (!isPromotion) {
    const app = await createTrialApp(sandbox);
    if (before) await app.run(before);
    await app.write(after);
    const { directory, name } = app;
    return { app, order: { directory, app: name }, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
  }
  const stages = await createStages(sandbox, { environment: 'staging', within: '24h' });
  const { staging, production: app } = stages;
  if (before) {
    await stages.prove(before);
    expect((await stages.promote()).report).toMatchObject({ outcome: 'deployed' });
  }
  await stages.prove(after);
  return {
    app,
    order: { directory: staging.directory, app: app.name, options: { environment: 'production', ...promotion } },
    [Symbol.asyncDispose]: () => stages[Symbol.asyncDispose](),
  };
}

export async function deployThrough(
  sandbox: Sandbox,
  { order: { directory, app, options } }: Prepared,
  urls: Sandbox['urls'],
  signal?: AbortSignal,
): Promise<Deployed> {
  const connection = { urls, apiKey: sandbox.apiKey };
  return deployOnce(directory, app, connection, { ...options, ...(signal ? { signal } : {}) });
}
