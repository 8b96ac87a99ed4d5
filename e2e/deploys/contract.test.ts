import { otherAssumptions, startSandbox } from '@tozo/sandbox';
import { expect, test } from 'vitest';
import { deployOnce } from '../src/testing/deploy-once.ts';
import { createShop } from '../src/testing/shop.ts';
import { deployContract } from '../src/contract/deploy-contract.ts';

/* deploy-sandbox.test.ts has the defaults, real/switches.test.ts each switch alone. */
deployContract('the sandbox with all assumptions flipped', otherAssumptions);

test.each([
  [
    'more layers than Heroku accepts',
    { maxLayers: 1 },
    /MANIFEST_INVALID.*the image has \d+ layers, but at most 1 are accepted/,
  ],
  ['a layer that is too large for Heroku', { maxLayerBytes: 1000 }, /SIZE_INVALID.*a blob may have at most 1000 bytes/],
])('reports %s with the reason, and releases nothing', async (_, assumptions, reason) => {
  await using shop = await createShop();
  await using sandbox = await startSandbox({ apps: [shop.name], assumptions });
  const { report } = await deployOnce(shop.directory, shop.name, sandbox);
  expect(report).toMatchObject({ outcome: 'failed', text: expect.stringMatching(reason) as string });
  expect(report.release).toBeUndefined();
  expect(sandbox.journal.count({ service: 'heroku', method: 'PATCH' })).toBe(0);
});
