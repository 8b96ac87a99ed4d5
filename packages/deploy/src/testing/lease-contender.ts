import { setTimeout as sleep } from 'node:timers/promises';
import { DeployError } from '../errors.ts';
import { acquireLease, type Lease } from '../state/lease.ts';

/** A process that tries to acquire a lease when its parent says so, and releases it when it says so. */
export type Order = { readonly acquire: string; readonly at: number } | 'release';

export type Answer = 'held' | 'refused' | 'released' | { readonly failed: string };

let lease: Lease | undefined;

process.on('message', (order: Order) => {
  const work = order === 'release' ? release() : acquire(order);
  void work.catch((error: unknown) => ({ failed: String(error) })).then((answer) => process.send!(answer));
});

async function acquire({ acquire: directory, at }: Exclude<Order, 'release'>): Promise<Answer> {
  await sleep(Math.max(0, at - Date.now() - 2));
  while (Date.now() < at); // as close to the others as possible
  try {
    lease = await acquireLease('shop', 'heroku', directory);
    return 'held';
  } catch (error) {
    if (error instanceof DeployError && error.code === 'DEPLOY_RUNNING') return 'refused';
    throw error;
  }
}

async function release(): Promise<Answer> {
  await lease?.[Symbol.asyncDispose]();
  lease = undefined;
  return 'released';
}
