import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { expectCode } from '../../testing/expect-code.ts';
import { createDirectory, withoutPrivileges } from '../../testing/directory.ts';
import { imageFrom, layerOf, putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { respond, readBody, refuse, startRegistry } from '../../testing/registry.ts';
import { dockerCredentials } from './docker-credentials.ts';

const auth = (login: string) => Buffer.from(login).toString('base64');

/** Creates Docker's directory with a configuration, and credential helpers as shell scripts. */
async function dockerFolder(config: unknown, helpers: Readonly<Record<string, string>> = {}) {
  const scripts = Object.entries(helpers).map(([name, script]) => [
    `docker-credential-${name}`,
    { text: `#!/bin/sh\n${script}\n`, mode: 0o755 },
  ]);
  const directory = await createDirectory({
    'config.json': typeof config === 'string' ? config : JSON.stringify(config),
    ...(Object.fromEntries(scripts) as Record<string, { text: string; mode: number }>),
  });
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const env = { DOCKER_CONFIG: directory.path, PATH: `${directory.path}:${process.env['PATH']}` };
  return { directory, env, find: dockerCredentials({ env }) };
}

const printing = (username: string, secret: string) =>
  `echo '${JSON.stringify({ ServerURL: 'x', Username: username, Secret: secret })}'`;

test('finds credentials by registry, those of Docker Hub by its first API, old addresses by their host', async () => {
  const { find } = await dockerFolder({
    auths: {
      'https://index.docker.io/v1/': { auth: auth('ann:hub-key') },
      'ghcr.io': { auth: auth('ann:a:b') },
      'https://old.example/v1/': { auth: auth('ann:old-key') },
      'azure.example': { auth: auth('00000000:'), identitytoken: 'a-token' },
      'plain.example': { username: 'ann', password: 'plain-key' },
      'none.example': {},
      '': { auth: auth('ann:of-an-empty-variable') },
    },
  });
  expect(await find('docker.io')).toEqual({ username: 'ann', password: 'hub-key' });
  expect(await find('ghcr.io')).toEqual({ username: 'ann', password: 'a:b' });
  expect(await find('old.example')).toEqual({ username: 'ann', password: 'old-key' });
  expect(await find('azure.example')).toEqual({ identityToken: 'a-token' });
  expect(await find('plain.example')).toEqual({ username: 'ann', password: 'plain-key' });
  expect(await find('none.example')).toBeUndefined();
  for (const other of ['ghcr.io.example', 'not-ghcr.io', 'my.ghcr.io', 'cr.io', 'ghcr.io:5000'])
    expect(await find(other)).toBeUndefined();
});

test.each(['docker.io', 'index.docker.io', 'https://registry-1.docker.io', 'https://index.docker.io/v2/'])(
  'finds the credentials of Docker Hub under %s: https://github.com/containrrr/watchtower/issues/1176',
  async (key) => {
    const { find } = await dockerFolder({ auths: { [key]: { auth: auth('ann:hub-key') } } });
    expect(await find('docker.io')).toEqual({ username: 'ann', password: 'hub-key' });
  },
);

test('prefers the longest namespace: https://github.com/osscontainertools/kaniko/pull/1002', async () => {
  const { find } = await dockerFolder({
    auths: {
      'quay.io/team/shop': { auth: auth('ann:shop') },
      'quay.io/team': { auth: auth('ann:team') },
      'quay.io': { auth: auth('ann:all') },
      'ghcr.io/team': { auth: auth('ann:ghcr') },
      'docker.io/team': { auth: auth('ann:hub') },
    },
  });
  const passwordOf = async (registry: string, repository?: string) => {
    const found = await find(registry, undefined, repository);
    return found && 'password' in found ? found.password : undefined;
  };
  expect(await passwordOf('quay.io', 'team/shop/web')).toBe('shop');
  expect(await passwordOf('quay.io', 'team/shop')).toBe('shop');
  expect(await passwordOf('quay.io', 'team/shopping')).toBe('team');
  expect(await passwordOf('quay.io', 'teams/shop')).toBe('all');
  expect(await passwordOf('quay.io')).toBe('all');
  // Docker ignores the path.
  expect(await passwordOf('ghcr.io', 'other/web')).toBe('ghcr');
  expect(await passwordOf('docker.io', 'team/web')).toBe('hub');
});

test('finds no credentials without a configuration', async () => {
  const directory = await createDirectory({});
  onTestFinished(() => directory[Symbol.asyncDispose]());
  expect(await dockerCredentials({ env: { DOCKER_CONFIG: directory.path } })('ghcr.io')).toBeUndefined();
});

test('prefers DOCKER_AUTH_CONFIG to the file', async () => {
  const { env } = await dockerFolder({
    auths: { 'ghcr.io': { auth: auth('a:file') }, 'quay.io': { auth: auth('a:file') } },
  });
  const variable = JSON.stringify({ auths: { 'ghcr.io': { auth: auth('a:variable') } } });
  const find = dockerCredentials({ env: { ...env, DOCKER_AUTH_CONFIG: variable } });
  expect(await find('ghcr.io')).toMatchObject({ password: 'variable' });
  expect(await find('quay.io')).toMatchObject({ password: 'file' });
});

test("runs a registry's helper before the default one, with the registry's name", async () => {
  const { find } = await dockerFolder(
    { credsStore: 'all', credHelpers: { 'ghcr.io': 'own' }, auths: { 'ghcr.io': { auth: auth('a:unused') } } },
    {
      own: `read server; test "$1" = get && printf '{"Username":"ann","Secret":"of-%s"}' "$server"`,
      all: `read server; case "$server" in https://index.docker.io/v1/) ${printing('<token>', 'an-identity')};; *) echo "credentials not found in native keychain"; exit 1;; esac`,
    },
  );
  expect(await find('ghcr.io')).toEqual({ username: 'ann', password: 'of-ghcr.io' });
  expect(await find('docker.io')).toEqual({ identityToken: 'an-identity' });
  expect(await find('quay.io')).toBeUndefined();
});

test.for([
  ['invalid JSON', '{ "auths": { "ghcr.io": { "auth": "c2VjcmV0" ', "isn't JSON"],
  ['a list', '[]', "isn't a JSON object"],
  ['an auth without a colon', { auths: { 'ghcr.io': { auth: auth('secret') } } }, "isn't base64 of user:password"],
  ['an empty user', { auths: { 'ghcr.io': { auth: auth(':secret') } } }, 'empty username'],
  [
    'a helper outside PATH',
    { credHelpers: { 'ghcr.io': '../../secret' } },
    'the credential helper for ghcr.io is invalid',
  ],
])('reports a configuration with %s without its contents (fault 93, registry-pusher)', async ([, config, text]) => {
  const { find, directory } = await dockerFolder(config);
  const found = find('ghcr.io');
  await expectCode(found, 'CREDENTIALS_UNUSABLE', text as string, directory.file('config.json'), 'docker login');
  await expect(found).rejects.toMatchObject({ message: expect.not.stringMatching(/secret|c2Vj/) as unknown });
});

test.for([
  ["doesn't exist", undefined, "isn't in PATH"],
  ['fails', 'echo the-value; echo the-value >&2; exit 3', 'exited with code 3'],
  ['prints no JSON', 'echo the-value', "isn't a JSON object"],
  ['prints an empty username', printing('', 'the-value'), 'empty username'],
  ['prints an empty secret', printing('ann', ''), 'empty secret'],
  [
    'never stops printing',
    'while :; do echo the-value-the-value-the-value-the-value-the-value; done',
    'longer than 64 KiB',
  ],
] as const)('names a helper that %s, without its output (fault 93, registry-pusher)', async ([, script, text]) => {
  const { find } = await dockerFolder({ credsStore: 'broken' }, script === undefined ? {} : { broken: script });
  const found = find('ghcr.io');
  await expectCode(found, 'CREDENTIALS_UNUSABLE', 'docker-credential-broken', 'ghcr.io', text);
  await expect(found).rejects.toMatchObject({ message: expect.not.stringContaining('the-value') as unknown });
});

test.for([
  ['never ends', 'exec sleep 300'],
  ['leaves a child behind', 'sleep 300 & echo $! > "${0%/*}/child"'],
] as const)('kills a helper that %s after the time limit (fault 93, registry-pusher)', async ([, end]) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { find, directory } = await dockerFolder(
    { credsStore: 'slow' },
    { slow: `echo the-value; echo $$ > "\${0%/*}/new"; mv "\${0%/*}/new" "\${0%/*}/pid"; ${end}` },
  );
  const found = find('ghcr.io');
  const outcome = expectCode(found, 'CREDENTIALS_UNUSABLE', 'docker-credential-slow', "didn't respond within 30 s");
  const pid = Number(await readWhenWritten(directory.file('pid')));

  vi.advanceTimersByTime(30_000);

  await outcome;
  await expect(found).rejects.toMatchObject({ message: expect.not.stringContaining('the-value') as unknown });
  await expect.poll(() => isRunning(pid)).toBe(false);
  const child = await readFile(directory.file('child'), 'utf8').catch(() => undefined);
  if (child !== undefined) process.kill(Number(child));
});

/** Waits for the file. */
async function readWhenWritten(path: string): Promise<string> {
  await expect.poll(() => existsSync(path)).toBe(true);
  return readFile(path, 'utf8');
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('can be canceled while a helper runs', async () => {
  const { find } = await dockerFolder({ credsStore: 'slow' }, { slow: 'exec sleep 300' });
  const stop = new AbortController();
  const found = find('ghcr.io', stop.signal);
  stop.abort();
  await expectCode(found, 'ABORTED');
});

test('reports a configuration without read permission (fault 93, registry-pusher)', async () => {
  const { find, directory } = await dockerFolder('{}');
  await writeFile(directory.file('config.json'), '{}', { mode: 0o600 });
  using _ = withoutPrivileges();
  await expectCode(find('ghcr.io'), 'CREDENTIALS_UNUSABLE', 'EACCES', directory.file('config.json'));
});

const login = { username: 'ann', password: 'a-key' };
const target = (registry: { name: string }) => ({ registry: registry.name, repository: 'shop/web', tag: 'latest' });

test.for(['basic', 'bearer'] as const)("logs in with Docker's credentials (%s)", async (scheme) => {
  await using registry = await startRegistry({ login: { scheme, ...login } });
  const { find } = await dockerFolder({ auths: { [registry.name]: { auth: auth('ann:a-key') } } });
  await using client = impatientClient({ credentials: find });
  const pushed = await client.push(imageFrom(layerOf('a')), target(registry));
  expect(pushed.sentBytes).toBeGreaterThan(0);
});

test("doesn't read credentials for a registry that requires none", async () => {
  await using registry = await startRegistry();
  putOciImage(registry, 'shop/web', 'latest');
  const { find } = await dockerFolder('no JSON');
  await using client = impatientClient({ credentials: find });
  expect(await client.getImage(target(registry))).toBeDefined();
});

test('prefers credentials that are passed', async () => {
  await using registry = await startRegistry({ login: { scheme: 'basic', ...login } });
  await using client = impatientClient({
    endpoints: { [registry.name]: { credentials: login } },
    credentials: () => Promise.reject(new Error('was called')),
  });
  await expect(client.push(imageFrom(layerOf('a')), target(registry))).resolves.toBeDefined();
});

test("doesn't send a mirror the credentials of the registry it mirrors", async () => {
  await using mirror = await startRegistry({ login: { scheme: 'basic', ...login } });
  const requested: string[] = [];
  await using client = impatientClient({
    endpoints: { 'docker.io': { url: mirror.origin } },
    credentials: async (registry) => void requested.push(registry),
  });
  await expectCode(
    client.getImage({ registry: 'docker.io', repository: 'library/node', tag: '20' }),
    'REGISTRY_UNAUTHORIZED',
  );
  expect(requested).toEqual([mirror.name]);
});

test('exchanges an identity token for an access token, and puts it in no URL', async () => {
  const forms: string[] = [];
  await using registry = await startRegistry({
    login: { scheme: 'bearer', ...login },
    misbehave: async (call) => {
      if (!call.what.endsWith(' token')) {
        if (call.headers.authorization === 'Bearer given') {
          refuse(call, 404, 'MANIFEST_UNKNOWN');
          return true;
        }
        return false;
      }
      forms.push(`${call.method} ${call.url.search} ${(await readBody(call)).toString()}`);
      respond(call, 200, {}, Buffer.from('{"access_token":"given"}'));
      return true;
    },
  });
  await using client = impatientClient({ credentials: async () => ({ identityToken: 'an identity' }) });
  expect(await client.getImage(target(registry))).toBeUndefined();
  expect(forms).toEqual([
    'POST  grant_type=refresh_token&client_id=registry-pusher&refresh_token=an+identity&service=test%2C+registry&scope=repository%3Ashop%2Fweb%3Apull',
  ]);
});
