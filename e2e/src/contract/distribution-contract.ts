import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distributionCases } from './distribution-cases.ts';
import { placeIn } from './distribution-place.ts';

/** A registry to hold to the contract. */
export interface RegistryConnection extends AsyncDisposable {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
}

/**
 * What the OCI distribution specification asks of a registry that takes any image.
 *
 * @param differences cases that this registry is known to answer otherwise, each with the reason; one that passes after all fails.
 */
export function distributionContract(
  service: string,
  open: () => Promise<RegistryConnection>,
  differences: Readonly<Record<string, string>> = {},
): void {
  describe(`the OCI distribution protocol and ${service}`, () => {
    let connection: RegistryConnection;
    beforeAll(async () => {
      connection = await open();
    });
    afterAll(async () => await connection[Symbol.asyncDispose]());

    const place = () => placeIn(connection.url, `contract/${randomBytes(6).toString('hex')}`);
    const expected = Object.entries(distributionCases).filter(([name]) => differences[name] === undefined);

    it.each(expected)('%s', async (_, run) => {
      await expect(run(place())).resolves.toBeUndefined();
    });

    it.each(Object.entries(differences))('%s DIFFERS: %s', async (name) => {
      await expect(distributionCases[name]?.(place())).rejects.toThrow(/expected|aborted/);
    });
  });
}
