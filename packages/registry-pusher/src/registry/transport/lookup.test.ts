import { expect, test } from 'vitest';
import { guardLookup, type Lookup } from './lookup.ts';

/** Resolves a few names without the system. */
const names: Lookup = (hostname, _options, callback) => {
  const addresses: Record<string, string[]> = {
    'registry.example': ['203.0.113.7'],
    'registry.corp': ['10.0.0.5'],
    'cdn.example': ['203.0.113.8'],
    'rebound.example': ['203.0.113.8', '169.254.169.254'],
    'token.corp': ['10.0.0.6'],
    'half.example': ['203.0.113.9', '10.0.0.7'],
  };
  callback(
    null,
    addresses[hostname]!.map((address) => ({ address, family: 4 })),
  );
};

function resolve(lookup: Lookup, hostname: string) {
  return new Promise((done, fail) => {
    lookup(hostname, { all: true }, (error, addresses) => (error ? fail(error) : done(addresses)));
  });
}

test("a public registry can't refer us to a name that resolves to a private address (fault 13, registry-pusher)", async () => {
  const { lookup, registryIsPrivate } = guardLookup(new URL('https://registry.example'), names);

  await resolve(lookup, 'registry.example');

  expect(registryIsPrivate()).toBe(false);
  await expect(resolve(lookup, 'rebound.example')).rejects.toMatchObject({ code: 'REFERRAL_REFUSED' });
  await expect(resolve(lookup, 'token.corp')).rejects.toMatchObject({ code: 'REFERRAL_REFUSED' });
  await expect(resolve(lookup, 'cdn.example')).resolves.toHaveLength(1);
});

test('a registry in a private network may use a token service there (fault 17, registry-pusher)', async () => {
  const { lookup, registryIsPrivate } = guardLookup(new URL('https://registry.corp'), names);

  await resolve(lookup, 'registry.corp');

  expect(registryIsPrivate()).toBe(true);
  await expect(resolve(lookup, 'token.corp')).resolves.toHaveLength(1);
});

test('a registry with public and private addresses counts as public (fault 13, registry-pusher)', async () => {
  const { lookup, registryIsPrivate } = guardLookup(new URL('https://half.example'), names);

  await resolve(lookup, 'half.example');

  expect(registryIsPrivate()).toBe(false);
  await expect(resolve(lookup, 'token.corp')).rejects.toMatchObject({ code: 'REFERRAL_REFUSED' });
});
