/*
 * heroku-client and the sandbox keep the same contract, with the sandbox's assumptions at their defaults and at their
 * alternatives. `npm run prove contract heroku` runs it against the live service.
 */
import { createHerokuClient, Secret } from '@tozo/heroku-client';
import { otherAssumptions, startSandbox } from '@tozo/sandbox';
import { describe, expect, it } from 'vitest';
import { fastClock } from '../testing/fast-clock.ts';
import { nodeImage, pushImage, registryOf } from './heroku-connection.ts';
import { herokuContract } from './heroku-contract.ts';
import { durations, sandboxConnection } from './sandbox-connection.ts';

herokuContract('the sandbox', () => sandboxConnection());
herokuContract('the sandbox with all assumptions flipped', () => sandboxConnection({ assumptions: otherAssumptions }));

describe('heroku-client and a sandbox that breaks', () => {
  it('settles a lost response to a formation update by reading, with one PATCH (fault 59, heroku-client)', async () => {
    await using shop = await openShop();
    shop.sandbox.faults.add({
      on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
      effect: { kind: 'reset-answer', afterBytes: 0 },
    });
    const outcome = await shop.release("console.log('one')");
    expect(outcome.outcome).toBe('released');
    expect(shop.sandbox.journal.count({ method: 'PATCH', path: '/apps/shop/formation' })).toBe(1);
  });

  it('settles a lost response to a rollback by reading, with one POST (fault 60, heroku-client)', async () => {
    await using shop = await openShop();
    const first = await shop.release("console.log('one')");
    await shop.release("console.log('two')");
    shop.sandbox.faults.add({
      on: { service: 'heroku', method: 'POST', path: '/releases$' },
      effect: { kind: 'reset-answer', afterBytes: 0 },
    });
    if (first.outcome !== 'released') throw new Error('The image was not released.');
    const outcome = await shop.heroku.rollback('shop', first.release.id);
    if (outcome.outcome !== 'released') throw new Error('The rollback was not made.');
    const { release } = outcome;
    expect(release.version).toBe(first.release.version + 2);
    expect(shop.sandbox.journal.count({ method: 'POST', path: '/apps/shop/releases' })).toBe(1);
  });

  it('settles a lost response to a change of config vars by reading, with one PATCH', async () => {
    await using shop = await openShop();
    shop.sandbox.faults.add({
      on: { service: 'heroku', method: 'PATCH', path: '/config-vars$' },
      effect: { kind: 'reset-answer', afterBytes: 0 },
    });
    const outcome = await shop.heroku.setConfigVars('shop', { ONE: new Secret('1') });
    expect(outcome).toMatchObject({ outcome: 'released', others: [] });
    expect(shop.sandbox.journal.count({ method: 'PATCH', path: '/apps/shop/config-vars' })).toBe(1);
  });

  it('settles a lost response to a removal by reading, with one PATCH', async () => {
    await using shop = await openShop();
    await shop.release("console.log('one')");
    shop.sandbox.faults.add({
      on: { service: 'heroku', method: 'PATCH', path: '/formation/worker$' },
      effect: { kind: 'reset-answer', afterBytes: 0 },
    });
    expect(await shop.heroku.formation.remove('shop', 'worker')).toBe('removed');
    expect(shop.sandbox.journal.count({ method: 'PATCH', path: '/apps/shop/formation/worker' })).toBe(1);
  });

  it("recognizes someone else's release in between (fault 71, heroku-client)", async () => {
    await using shop = await openShop();
    shop.sandbox.faults.add({
      on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
      effect: { kind: 'other-release', app: 'shop' },
    });
    const outcome = await shop.release("console.log('one')");
    if (outcome.outcome !== 'released') throw new Error('The image was not released.');
    expect(outcome.others.map(({ version }) => version)).toEqual([outcome.release.version - 1]);
  });

  it.each(['failed', 'expired', 'succeeded'] as const)(
    'waits for a pending release that ends as %s (faults 63, 64, heroku-client)',
    async (end) => {
      await using shop = await openShop();
      shop.sandbox.faults.add({
        on: { service: 'heroku', method: 'PATCH', path: '/formation$' },
        effect: { kind: 'hold-release', app: 'shop', reads: 6, outcome: end },
      });
      const outcome = await shop.release("console.log('one')");
      if (outcome.outcome !== 'released') throw new Error('The image was not released.');
      const statuses: string[] = [];
      const onPoll = ({ status }: { status: string }): void => void statuses.push(status);
      const finished = await shop.heroku.releases.waitFor('shop', outcome.release.version, {
        deadline: 600_000,
        onPoll,
      });
      expect(finished.status).toBe(end);
      expect(statuses.length).toBeGreaterThan(2);
      expect(statuses.slice(0, -1).every((status) => status === 'pending')).toBe(true);
    },
  );
});

async function openShop() {
  const sandbox = await startSandbox({ apps: ['shop'], durations });
  const { heroku: url, registry: registryUrl, hub: hubUrl } = sandbox.urls;
  const heroku = createHerokuClient({ apiKey: sandbox.apiKey, baseUrl: url, clock: fastClock });
  const images = registryOf({ key: sandbox.apiKey, registryUrl, hubUrl });
  const base = await nodeImage(images);
  return {
    sandbox,
    heroku,
    release: async (source: string) =>
      heroku.releaseImages('shop', [
        { type: 'worker', dockerImage: await pushImage(images, base, 'shop/worker', source) },
      ]),
    async [Symbol.asyncDispose]() {
      await Promise.all([heroku.close(), images.close()]);
      await sandbox.close();
    },
  };
}
