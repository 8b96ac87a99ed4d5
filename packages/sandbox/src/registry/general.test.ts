import { describe, expect, test, vi } from 'vitest';
import { createHubMirror } from '../base/hub-mirror.ts';
import { sha256 } from '../testing/images.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { send, serve, type TestServer } from '../testing/test-server.ts';
import { createGeneralRegistry, type GeneralRegistryOptions } from './general.ts';

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const account = { username: 'someone', password: 'pass:word' };
const login = basic(account.username, account.password);

async function registryWith(dir: string, options: Omit<GeneralRegistryOptions, 'dir'>): Promise<TestServer> {
  return await serve(createGeneralRegistry({ dir, ...options }));
}

async function tokenFor(server: TestServer, query: string, authorization?: string): Promise<string> {
  const answer = await send(server, `/token?${query}`, {
    headers: authorization === undefined ? {} : { authorization },
  });
  expect(answer.status).toBe(200);
  return `Bearer ${(JSON.parse(answer.text) as { token: string }).token}`;
}

async function begin(server: TestServer, authorization: string, path = '/v2/some/name/blobs/uploads/') {
  return await send(server, path, { method: 'POST', headers: { authorization } });
}

describe('with Basic credentials', () => {
  test('rejects others, for any path', async () => {
    await using directory = await temporaryDirectory();
    await using server = await registryWith(directory.path, { login: { kind: 'basic', ...account } });
    for (const path of ['/v2/', '/v2/UPPER/tags/list', '/nowhere']) {
      expect(await send(server, path), path).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
      expect(await send(server, path, { headers: { authorization: basic('someone', 'pass') } }), path).toMatchObject({
        status: 401,
      });
    }
    expect(await begin(server, login)).toMatchObject({ status: 202 });
  });
});

describe('with Bearer tokens', () => {
  test('the challenge names the realm and the scope', async () => {
    await using directory = await temporaryDirectory();
    await using server = await registryWith(directory.path, { login: { kind: 'bearer', ...account } });
    const host = `127.0.0.1:${server.port}`;
    const challenge = async (path: string, method = 'GET') =>
      (await send(server, path, { method })).headers['www-authenticate'];
    const start = `Bearer realm="http://${host}/token",service="${host}"`;
    expect(await challenge('/v2/')).toBe(start);
    expect(await challenge('/v2/some/name/tags/list')).toBe(`${start},scope="repository:some/name:pull"`);
    expect(await challenge(`/v2/some/name/blobs/uploads/?mount=${sha256('a')}&from=other`, 'POST')).toBe(
      `${start},scope="repository:some/name:pull,push repository:other:pull"`,
    );
  });

  test('issues no token without the password, and none by POST', async () => {
    await using directory = await temporaryDirectory();
    await using server = await registryWith(directory.path, { login: { kind: 'bearer', ...account } });
    expect(await send(server, '/token')).toMatchObject({ status: 401 });
    expect(await send(server, '/token', { headers: { authorization: basic('someone', 'x') } })).toMatchObject({
      status: 401,
    });
    expect(await send(server, '/token', { method: 'POST' })).toMatchObject({ status: 405 });
  });

  test('a token is valid only for its repository and actions', async () => {
    await using directory = await temporaryDirectory();
    await using server = await registryWith(directory.path, { login: { kind: 'bearer', ...account } });
    const pull = await tokenFor(server, 'scope=repository:some/name:pull', login);
    const push = await tokenFor(server, 'scope=repository:some/name:pull,push&scope=repository:other:pull', login);
    expect((await begin(server, 'Bearer made-up')).headers['www-authenticate']).toContain('error="invalid_token"');
    expect((await begin(server, pull)).headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(await begin(server, push, '/v2/other/blobs/uploads/')).toMatchObject({ status: 401 });
    expect(await begin(server, push)).toMatchObject({ status: 202 });
  });

  test('a token expires (fault 8, sandbox)', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      await using directory = await temporaryDirectory();
      await using server = await registryWith(directory.path, {
        login: { kind: 'bearer', ...account, tokenSeconds: 60 },
      });
      const token = await tokenFor(server, 'scope=repository:some/name:pull,push', login);
      vi.setSystemTime(Date.now() + 59_000);
      expect(await begin(server, token)).toMatchObject({ status: 202 });
      vi.setSystemTime(Date.now() + 2000);
      const answer = await begin(server, token);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    } finally {
      vi.useRealTimers();
    }
  });

  test('anyone gets a pull token, as on Docker Hub', async () => {
    await using directory = await temporaryDirectory();
    await using server = await serve(createHubMirror({ dir: directory.path, tokens: true }).handler);
    const path = '/v2/library/node/manifests/20';
    expect(await send(server, path)).toMatchObject({ status: 401 });
    const authorization = await tokenFor(server, 'service=registry&scope=repository:library/node:pull,push');
    expect(await send(server, path, { headers: { authorization } })).toMatchObject({ status: 200 });
    expect(await begin(server, authorization, '/v2/library/node/blobs/uploads/')).toMatchObject({ status: 401 });
  });
});
