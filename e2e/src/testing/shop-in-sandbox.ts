import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox, type SandboxConnection } from '@tozo/sandbox';
import { createShop, type Shop } from './shop.ts';
import { cleanEnvironment, type Ran, type Running, startTozo } from './tozo.ts';

/** What a shop's address answers. */
export interface Visit {
  readonly status: number;
  readonly digest: string | null;
  readonly greeting?: string;
  readonly pid?: number;
  readonly level?: string;
}

/** A shop that is deployed to a sandbox of its own, as by a newcomer: no account, no state of earlier runs. */
export interface ShopInSandbox extends AsyncDisposable {
  readonly shop: Shop;
  /** Where its sandbox and the command keep their state. */
  readonly state: string;
  start(...args: string[]): Running;
  deploy(...args: string[]): Promise<Ran>;
  /** The sandbox that the first deploy has started. */
  sandbox(): Promise<SandboxConnection>;
  visit(): Promise<Visit>;
}

export async function createShopInSandbox(): Promise<ShopInSandbox> {
  const state = await mkdtemp(join(tmpdir(), 'tozo-e2e-state-'));
  const dir = join(state, 'sandbox');
  const env = cleanEnvironment({
    TOZO_SANDBOX_DIR: dir,
    XDG_STATE_HOME: join(state, 'state'),
    XDG_CACHE_HOME: join(state, 'cache'),
  });
  const shop = await createShop();
  const start = (...args: string[]) => startTozo(['deploy', '--sandbox', ...args], { cwd: shop.folder, env });
  let connected: SandboxConnection | undefined;
  async function sandbox(): Promise<SandboxConnection> {
    connected ??= await connectSandbox({ dir });
    if (connected === undefined) throw new Error('No sandbox runs.');
    return connected;
  }
  return {
    shop,
    state,
    start,
    deploy: (...args) => start(...args).ended,
    sandbox,
    async visit() {
      const answer = await fetch((await (await sandbox()).ensureApp('shop')).webUrl);
      const body = answer.ok ? ((await answer.json()) as object) : {};
      return { status: answer.status, digest: answer.headers.get('x-source-digest'), ...body };
    },
    async [Symbol.asyncDispose]() {
      await (await connectSandbox({ dir }))?.stop();
      await shop[Symbol.asyncDispose]();
      await rm(state, { recursive: true, force: true });
    },
  };
}
