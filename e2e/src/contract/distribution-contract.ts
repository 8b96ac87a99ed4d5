import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distributionCases } from './distribution-cases.ts';
import { placeIn } from './distribution-place.ts';

/** A registry that the contract is run against. */
export interface RegistryConnection extends AsyncDisposable {
  /** `http://127.0.0.1:5000` */
  readonly url: string;
}

/**
 * What the OCI distribution specification requires of a registry that accepts any image.
 *
 * @param differences cases in which this registry is known to differ, each with the reason. It's a failure if one passes.
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
