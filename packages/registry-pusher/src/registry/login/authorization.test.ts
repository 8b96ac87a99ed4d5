import { expect, test } from 'vitest';
import { imageFrom, incompressible, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { respond, basic, type Call, refuse, startRegistry } from '../../testing/registry.ts';

const credentials = { username: '_', password: 'a-key' };
const target = (registry: { name: string }) => ({ registry: registry.name, repository: 'shop/web', tag: 'latest' });
const clientOf = (registry: { name: string }, password = 'a-key', username = '_') =>
  impatientClient({ endpoints: { [registry.name]: { credentials: { username, password } } } });

test.for([
  ['no header', {}, 'no WWW-Authenticate'],
  ['only unsupported schemes', { 'www-authenticate': 'Negotiate, Digest realm="x"' }, 'negotiate, digest'],
  ['an invalid token realm', { 'www-authenticate': 'Bearer realm="http://"' }, "isn't a URL"],
] as const)('reports a challenge with %s (fault 18, registry-pusher)', async ([, headers, text]) => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      refuse(call, 401, 'UNAUTHORIZED', { ...headers });
      return true;
    },
  });
  await using client = clientOf(registry);

  await expect(client.getImage(target(registry))).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining(text),
  });
});

test.for(['file:///etc/passwd', 'http://registry.example/token', 'https://169.254.169.254/token'])(
  "doesn't send credentials to a token realm at %s (faults 16, 17, registry-pusher)",
  async (realm) => {
    await using registry = await startRegistry({
      misbehave: (call) => {
        refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${realm}"` });
        return true;
      },
    });
    await using client = clientOf(registry);

    await expect(client.getImage(target(registry))).rejects.toMatchObject({ code: 'REFERRAL_REFUSED' });
    expect(registry.calls).toHaveLength(1);
  },
);

test.for(['basic', 'bearer'] as const)('reports a wrong password without retries (%s)', async (scheme) => {
  await using registry = await startRegistry({ login: { scheme, ...credentials } });
  await using client = clientOf(registry, 'wrong-key');

  const read = client.getImage(target(registry));

  await expect(read).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  await expect(read).rejects.toMatchObject({ message: expect.not.stringContaining('wrong-key') });
  expect(registry.calls).toHaveLength(2);
});

test('reports missing credentials', async () => {
  await using registry = await startRegistry({ login: { scheme: 'basic', ...credentials } });
  await using client = impatientClient();

  await expect(client.getImage(target(registry))).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
    message: expect.stringContaining('none are configured'),
  });
});

test.for([
  ['password', { username: '_', password: 'key\n' }],
  ['username', { username: 'a:b', password: 'key' }],
] as const)('rejects an unusable %s before any request', async ([what, unusable]) => {
  await using registry = await startRegistry();
  const create = () => impatientClient({ endpoints: { [registry.name]: { credentials: unusable } } });

  expect(create).toThrow(
    expect.objectContaining({ code: 'REGISTRY_UNAUTHORIZED', message: expect.stringContaining(what) }),
  );
  expect(registry.calls).toEqual([]);
});

test('renews a token that expires during a push once, and resends the blob from its start (fault 8, registry-pusher)', async () => {
  let expired = false;
  await using registry = await startRegistry({
    login: { scheme: 'bearer', ...credentials },
    misbehave: (call) => {
      if (call.what === 'PUT upload' && !expired) {
        expired = true;
        registry.expireTokens();
      }
      return false;
    },
  });
  await using client = clientOf(registry);

  const pushed = await client.push(imageFrom(incompressible(300_000)), target(registry));

  expect(pushed.blobs).toHaveLength(2);
  expect(registry.count('GET token')).toBeGreaterThan(1);
});

test.for(['basic', 'bearer'] as const)('parallel requests cause one challenge (%s)', async (scheme) => {
  await using registry = await startRegistry({ login: { scheme, ...credentials } });
  await using client = clientOf(registry);

  await Promise.all([1, 2, 3].map(() => client.getImage(target(registry))));

  expect(registry.count('GET manifest')).toBe(4);
});

test('a first request that is reset keeps no other one waiting', async () => {
  let isReset = false;
  await using registry = await startRegistry({
    login: { scheme: 'basic', ...credentials },
    misbehave: ({ request }) => {
      if (isReset) return false;
      isReset = true;
      request.socket.destroy();
      return true;
    },
  });
  await using client = clientOf(registry);

  await expect(Promise.all([1, 2, 3].map(() => client.getImage(target(registry))))).resolves.toHaveLength(3);
});

test('gives up on a registry that rejects every token (fault 8, registry-pusher)', async () => {
  await using registry = await startRegistry({
    login: { scheme: 'bearer', ...credentials },
    misbehave: (call) => {
      if (call.what !== 'GET manifest') return false;
      refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${registry.origin}/token"` });
      return true;
    },
  });
  await using client = clientOf(registry);

  await expect(client.getImage(target(registry))).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  expect(registry.count('GET manifest')).toBe(2);
});

test('uses one token for a whole push', async () => {
  await using registry = await startRegistry({ login: { scheme: 'bearer', ...credentials } });
  await using client = clientOf(registry);

  await client.push(imageFrom(layerOf('one'), layerOf('two'), layerOf('three')), target(registry));

  const scopes = registry.calls
    .filter(({ what }) => what === 'GET token')
    .map(({ url }) => url.searchParams.getAll('scope'));
  expect(scopes).toEqual([['repository:shop/web:pull,push']]);
  expect(registry.calls.find(({ what }) => what === 'GET token')?.url.searchParams.get('service')).toBe(
    'test, registry',
  );
});

test('sends an empty username as the underscore that Heroku accepts', async () => {
  await using registry = await startRegistry({ login: { scheme: 'basic', ...credentials } });
  await using client = clientOf(registry, 'a-key', '');

  await expect(client.getImage(target(registry))).resolves.toBeUndefined();
});

test('sends neither password nor token to another host (fault 15, registry-pusher)', async () => {
  const moved = (to: () => string) => (call: Call) => {
    const place = `${to()}${call.url.pathname}${call.url.search}`;
    if (call.headers.authorization === undefined) return false;
    if (call.what === 'GET blob') respond(call, 307, { location: place });
    else if (call.what === 'POST upload')
      respond(call, 202, { location: `${place}elsewhere?state=a%2Bb%2Felsewhere%3D` });
    else return false;
    return true;
  };
  await using elsewhere = await startRegistry();
  await using registry = await startRegistry({
    login: { scheme: 'basic', ...credentials },
    misbehave: moved(() => elsewhere.origin),
  });
  await using client = clientOf(registry);
  const digest = elsewhere.putBlob('shop/web', Buffer.from('blob'));

  const blob = await client.readBlob(target(registry), { mediaType: 'x', size: 4, digest });
  expect(Buffer.concat(await blob.toArray()).toString()).toBe('blob');
  await expect(client.push(imageFrom(layerOf('one')), target(registry))).rejects.toMatchObject({
    message: expect.stringContaining('MANIFEST_BLOB_UNKNOWN'),
  });

  expect(registry.calls.filter(({ headers }) => headers.authorization === basic(credentials)).length).toBeGreaterThan(
    2,
  );
  expect(elsewhere.calls.map(({ what }) => what)).toContain('PUT upload');
  expect(elsewhere.calls.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
});

test("doesn't respond to another host's challenge (fault 15, registry-pusher)", async () => {
  await using elsewhere = await startRegistry({ login: { scheme: 'bearer', ...credentials } });
  await using registry = await startRegistry({
    misbehave: (call) => {
      respond(call, 307, { location: `${elsewhere.origin}${call.url.pathname}` });
      return true;
    },
  });
  await using client = clientOf(registry);

  await expect(client.getImage(target(registry))).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  expect(elsewhere.calls.map(({ what }) => what)).toEqual(['GET manifest']);
});

/** Starts a registry whose token service sends these responses in turn. */
const tokenServiceOf = (...tokens: readonly (object | number)[]) =>
  startRegistry({
    login: { scheme: 'bearer', ...credentials },
    misbehave: (call) => {
      if (call.what === 'GET token') {
        const given = tokens[call.before] ?? {};
        if (typeof given === 'number') refuse(call, given, 'DENIED');
        else respond(call, 200, {}, Buffer.from(JSON.stringify(given)));
        return true;
      }
      if (call.headers.authorization !== 'Bearer good') return false;
      refuse(call, 404, 'MANIFEST_UNKNOWN');
      return true;
    },
  });

test('retries a failed token service with the next request', async () => {
  await using registry = await tokenServiceOf(403, { token: 'good' });
  await using client = clientOf(registry);

  await expect(client.getImage(target(registry))).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  expect(await client.getImage(target(registry))).toBeUndefined();
});

test('reuses a token while it is valid', async () => {
  await using lasting = await tokenServiceOf({ token: 'good', expires_in: 60 });
  await using fleeting = await tokenServiceOf({ token: 'good', expires_in: 0 }, { access_token: 'good' });
  for (const [registry, tokens] of [
    [lasting, 1],
    [fleeting, 2],
  ] as const) {
    await using client = clientOf(registry);
    for (const _ of [1, 2, 3]) expect(await client.getImage(target(registry))).toBeUndefined();
    expect(registry.count('GET token')).toBe(tokens);
    expect(registry.calls.filter(({ response }) => response.statusCode === 401)).toHaveLength(1);
  }
});

test.for([[{}], [{ token: 7 }], [{ token: '' }], [{ token: 'two words' }], [{ token: 'good\r\nx: y' }]])(
  'reports a token response without a usable token: %j',
  async ([given]) => {
    await using registry = await tokenServiceOf(given!);
    await using client = clientOf(registry);

    await expect(client.getImage(target(registry))).rejects.toMatchObject({
      code: 'REGISTRY_PROTOCOL',
      message: expect.stringContaining('contains no token'),
    });
  },
);

test('looks up credentials again after a failure', async () => {
  await using registry = await startRegistry({ login: { scheme: 'basic', ...credentials } });
  let calls = 0;
  await using client = impatientClient({
    credentials: async () => {
      calls += 1;
      if (calls === 1) throw new Error('the helper is locked');
      return credentials;
    },
  });

  await expect(client.getImage(target(registry))).rejects.toThrow('the helper is locked');
  expect(await client.getImage(target(registry))).toBeUndefined();
  expect(calls).toBe(2);
});
