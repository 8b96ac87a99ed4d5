/* How registries and their token services differ, each from a public report. */
import { expect, test } from 'vitest';
import { RegistryPusherError } from '../../image/errors.ts';
import { imageFrom, layerOf, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { credentials } from '../../testing/quirky-registry.ts';
import { type Call, type MemoryRegistry, refuse, respond, startRegistry } from '../../testing/registry.ts';

const reference = ({ name }: MemoryRegistry, repository = 'shop/web') => ({
  registry: name,
  repository,
  tag: 'latest',
});

/** Starts a registry that accepts one token, which its token service gives in a body of its own. */
function startWithTokens(body: object, challenge = (origin: string) => `Bearer realm="${origin}/token",service="x"`) {
  return startRegistry({
    misbehave: (call, registry) => {
      if (call.what === 'GET token')
        respond(call, 200, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify(body)));
      else if (call.headers.authorization === 'Bearer the-token') return false;
      else refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge(registry.origin) });
      return true;
    },
  });
}

test.each([
  ['only access_token', 'containerd/overlaybd/issues/35', { access_token: 'the-token' }],
  ['an empty token beside access_token', 'containers/image/pull/405', { token: '', access_token: 'the-token' }],
  ['null as token beside access_token', 'containers/image/pull/405', { token: null, access_token: 'the-token' }],
  ['only token', 'containerd/containerd/issues/2157', { token: 'the-token' }],
])('accepts %s (fault 137, registry-pusher): https://github.com/%s', async (_, __, body) => {
  await using registry = await startWithTokens(body);
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });

  const pushed = await client.push(imageFrom(layerOf('one')), reference(registry));

  expect(pushed.blobs).toHaveLength(2);
  expect(registry.count('GET token')).toBe(1);
});

test.each([
  ['Basic before Bearer', 'prowler-cloud/prowler/pull/12691', (realm: string) => `Basic realm="registry", ${realm}`],
  [
    'Negotiate and NTLM before Bearer',
    'AzureAD/azure-activedirectory-library-for-dotnet/issues/888',
    (realm: string) => `Negotiate, NTLM, ${realm}`,
  ],
])('finds the challenge among several: %s: https://github.com/%s', async (_, __, challenge) => {
  const bearer = (origin: string) => challenge(`Bearer realm="${origin}/token"`);
  await using registry = await startWithTokens({ token: 'the-token' }, bearer);
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });

  expect(await client.getImage(reference(registry))).toBeUndefined();
});

/** Starts a registry whose token service gives a token that names its scopes, and that accepts tokens for one scope. */
function startWithScope(accepted: string, named: string) {
  return startRegistry({
    misbehave: (call, registry) => {
      const token = call.url.searchParams.getAll('scope').join(' ');
      const body = Buffer.from(JSON.stringify({ token: Buffer.from(token).toString('base64url') }));
      const shown = Buffer.from(call.headers.authorization?.split(' ')[1] ?? '', 'base64url').toString();
      if (call.what === 'GET token') respond(call, 200, { 'content-type': 'application/json' }, body);
      else if (shown.split(' ').includes(accepted)) return false;
      else {
        const challenge = `Bearer realm="${registry.origin}/token",service="x",scope="${named}"`;
        refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
      }
      return true;
    },
  });
}

test('uses the scope of the challenge if its own is not enough: https://github.com/oras-project/oras-go/issues/650', async () => {
  await using registry = await startWithScope('repository:web:pull', 'repository:web:pull');
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });
  const { imageId } = putOciImage(registry, 'shop/web', 'latest');

  expect(await client.getImage(reference(registry))).toMatchObject({ imageId });
  const asked = registry.calls
    .filter(({ what }) => what === 'GET token')
    .map(({ url }) => url.searchParams.getAll('scope'));
  expect(asked).toEqual([['repository:shop/web:pull'], ['repository:shop/web:pull', 'repository:web:pull']]);
});

test('requests at the same time use the wider scope, too', async () => {
  await using registry = await startWithScope('repository:web:pull', 'repository:web:pull');
  await using client = impatientClient({ credentials: async () => credentials });
  const { imageId } = putOciImage(registry, 'shop/web', 'latest');

  const images = await Promise.all(Array.from({ length: 10 }, () => client.getImage(reference(registry))));

  expect(images.map((image) => image?.imageId)).toEqual(images.map(() => imageId));
  expect(registry.count('GET token')).toBe(2);
});

test('pushes without the wider scope if the token service refuses it', async () => {
  await using registry = await startRegistry({
    misbehave: (call, { origin }) => {
      const isWide = call.url.searchParams.getAll('scope').includes('repository:web:pull');
      if (call.what === 'GET token' && isWide) refuse(call, 403, 'DENIED');
      else if (call.what === 'GET token') respond(call, 200, {}, Buffer.from('{"token":"the-token"}'));
      else if (call.headers.authorization === 'Bearer the-token' && call.what !== 'HEAD blob') return false;
      else {
        const challenge = `Bearer realm="${origin}/token",scope="repository:web:pull"`;
        refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': challenge });
      }
      return true;
    },
  });
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });

  const pushed = await client.push(imageFrom(layerOf('one')), reference(registry));

  expect(pushed.blobs).toHaveLength(2);
});

test.each([
  ['repository:shop/web:pull', 'containerd/containerd/issues/1318'],
  ['aws', 'SgtSilvio/gradle-oci/pull/141'],
  ['', 'torizon/torizoncore-builder/issues/131'],
])('asks once if the challenge names "%s": https://github.com/%s', async (named) => {
  await using registry = await startWithScope('nothing', named);
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });

  await expect(client.getImage(reference(registry))).rejects.toMatchObject({ code: 'REGISTRY_UNAUTHORIZED' });
  expect(registry.count('GET token')).toBe(1);
});

test('reads a public image with a broken credential helper: https://github.com/podman-desktop/podman-desktop/issues/5375', async () => {
  const broken = new RegistryPusherError('CREDENTIALS_UNUSABLE', "docker-credential-desktop.exe isn't in PATH");
  await using registry = await startWithTokens({ token: 'the-token' });
  const { imageId } = putOciImage(registry, 'shop/web', 'latest');
  await using client = impatientClient({ credentials: () => Promise.reject(broken) });

  expect(await client.getImage(reference(registry))).toMatchObject({ imageId });
  await expect(client.push(imageFrom(layerOf('one')), reference(registry))).rejects.toBe(broken);
});

test.each([
  ['token service', { login: { scheme: 'bearer', ...credentials } }],
  ['registry', { misbehave: refuseToken }],
  ['registry by a password', { login: { scheme: 'basic', ...credentials } }],
] as const)(
  'reports the broken helper if the %s requires credentials (fault 93, registry-pusher)',
  async (_, options) => {
    const broken = new RegistryPusherError('CREDENTIALS_UNUSABLE', "docker-credential-desktop.exe isn't in PATH");
    await using registry = await startRegistry(options);
    await using client = impatientClient({ credentials: () => Promise.reject(broken) });

    await expect(client.getImage(reference(registry))).rejects.toBe(broken);
  },
);

test('retries a token service that fails, with a broken helper too (fault 135, registry-pusher)', async () => {
  const broken = new RegistryPusherError('CREDENTIALS_UNUSABLE', "docker-credential-desktop.exe isn't in PATH");
  await using registry = await startRegistry({
    misbehave: (call, { origin }) => {
      if (call.what === 'GET token' && call.before === 0) refuse(call, 503, 'UNAVAILABLE');
      else if (call.what === 'GET token') respond(call, 200, {}, Buffer.from('{"token":"the-token"}'));
      else if (call.headers.authorization === 'Bearer the-token') return false;
      else refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${origin}/token"` });
      return true;
    },
  });
  await using client = impatientClient({ credentials: () => Promise.reject(broken) });

  expect(await client.getImage(reference(registry))).toBeUndefined();
});

/** Gives tokens to anyone, and accepts none. */
function refuseToken(call: Call, registry: MemoryRegistry): boolean {
  if (call.what === 'GET token')
    respond(call, 200, { 'content-type': 'application/json' }, Buffer.from('{"token":"anonymous"}'));
  else refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${registry.origin}/token"` });
  return true;
}

test("uses a namespace's own credentials: https://github.com/osscontainertools/kaniko/pull/1002", async () => {
  await using registry = await startRegistry({ login: { scheme: 'basic', ...credentials } });
  const asked: (string | undefined)[] = [];
  await using client = impatientClient({
    credentials: async (_, __, repository) => {
      asked.push(repository);
      return repository === 'shop/web' ? credentials : { username: 'other', password: 'other' };
    },
  });

  expect(await client.getImage(reference(registry))).toBeUndefined();
  await expect(client.getImage(reference(registry, 'other/web'))).rejects.toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
  });
  expect(asked).toEqual(['shop/web', 'other/web']);
});

test('asks for pull and push at once when a push follows (fault 132, registry-pusher)', async () => {
  await using registry = await startRegistry({ login: { scheme: 'bearer', ...credentials } });
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });

  await client.getImage(reference(registry), { forPush: true });
  await client.push(imageFrom(layerOf('one')), reference(registry));

  const scopes = registry.calls
    .filter(({ what }) => what === 'GET token')
    .map(({ url }) => url.searchParams.get('scope'));
  expect(scopes).toEqual(['repository:shop/web:pull,push']);
});

test("asks the token service as often as one request may, not for each request's attempts (fault 135, registry-pusher)", async () => {
  await using registry = await startRegistry({
    login: { scheme: 'bearer', ...credentials },
    misbehave: (call) => {
      if (call.what !== 'GET token') return false;
      refuse(call, 503, 'UNAVAILABLE');
      return true;
    },
  });
  const timing = { maxAttempts: 7 };
  await using client = impatientClient({ timing, endpoints: { [registry.name]: { credentials } } });
  const image = imageFrom(layerOf('one'), layerOf('two'), layerOf('three'));

  await expect(client.push(image, reference(registry))).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(registry.count('GET token')).toBe(7);
});

test.each(['https://tokens.example/token', 'https://heroku.com.example/token', 'https://notheroku.com/token'])(
  "never asks %s for a token with Heroku's key (fault 177, registry-pusher)",
  async (realm) => {
    await using registry = await startRegistry({
      misbehave: (call: Call) => {
        refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': `Bearer realm="${realm}"` });
        return true;
      },
    });
    const heroku = 'registry.heroku.com';
    const resolved: string[] = [];
    await using client = impatientClient({
      endpoints: { [heroku]: { url: registry.origin, credentials } },
      lookup: (host, _, callback) => {
        resolved.push(host);
        callback(Object.assign(new Error('never'), { code: 'ENOTFOUND' }), []);
      },
    });

    const reading = client.getImage({ registry: heroku, repository: 'shop/web', tag: 'latest' });

    await expect(reading).rejects.toMatchObject({
      code: 'REFERRAL_REFUSED',
      message: expect.stringContaining("isn't a host of heroku.com"),
    });
    expect(resolved).toEqual([]);
  },
);

test("asks Heroku's own hosts for a token with Heroku's key (fault 177, registry-pusher)", async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      refuse(call, 401, 'UNAUTHORIZED', { 'www-authenticate': 'Bearer realm="https://id.heroku.com/token"' });
      return true;
    },
  });
  const resolved: string[] = [];
  await using client = impatientClient({
    endpoints: { 'registry.heroku.com': { url: registry.origin, credentials } },
    lookup: (host, _, callback) => {
      resolved.push(host);
      callback(Object.assign(new Error('not here'), { code: 'ENOTFOUND' }), []);
    },
  });

  const reading = client.getImage({ registry: 'registry.heroku.com', repository: 'shop/web', tag: 'latest' });

  await expect(reading).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(resolved).toEqual(['id.heroku.com']);
});
