import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHerokuClient } from './client.ts';
import { HerokuError, type HerokuErrorCode } from './errors.ts';
import { Secret } from './secret.ts';
import { clientOf, failureOf, sentinel } from './testing/client.ts';
import { fakeApi } from './testing/fake-api.ts';
import { accountJson } from './testing/fake-heroku.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('createHerokuClient rejects', () => {
  const cases: [string, Parameters<typeof createHerokuClient>[0], HerokuErrorCode][] = [
    ['an empty key', { apiKey: '' }, 'OPTIONS_INVALID'],
    ['a key with a line break', { apiKey: `${sentinel}\n` }, 'OPTIONS_INVALID'],
    ['a base URL without a scheme', { apiKey: sentinel, baseUrl: 'api.heroku.com' }, 'OPTIONS_INVALID'],
    ['a base URL that is a file', { apiKey: sentinel, baseUrl: 'file:///etc/passwd' }, 'OPTIONS_INVALID'],
    ['a password in the base URL', { apiKey: sentinel, baseUrl: 'https://a:b@api.heroku.com' }, 'OPTIONS_INVALID'],
    ['a query in the base URL', { apiKey: sentinel, baseUrl: 'https://api.heroku.com?a=b' }, 'OPTIONS_INVALID'],
    ['a timeout of 0', { apiKey: sentinel, timeout: 0 }, 'OPTIONS_INVALID'],
    ['a two-line user agent', { apiKey: sentinel, userAgent: 'a\nb' }, 'OPTIONS_INVALID'],
    [
      'a foreign host (fault 91, heroku-client)',
      { apiKey: sentinel, baseUrl: 'https://api.example.com' },
      'HOST_REFUSED',
    ],
    [
      'a host that only looks like Heroku (fault 91, heroku-client)',
      { apiKey: sentinel, baseUrl: 'https://api.heroku.com.example.com' },
      'HOST_REFUSED',
    ],
    [
      'another port than the allowed one (fault 91, heroku-client)',
      { apiKey: sentinel, baseUrl: 'https://proxy.example.com:8443', allowHost: 'proxy.example.com' },
      'HOST_REFUSED',
    ],
    ['plain http to Heroku', { apiKey: sentinel, baseUrl: 'http://api.heroku.com' }, 'HOST_REFUSED'],
    [
      'plain http to an allowed host',
      { apiKey: sentinel, baseUrl: 'http://api.example.com', allowHost: 'api.example.com' },
      'HOST_REFUSED',
    ],
  ];

  it.each(cases)('%s', (_name, options, code) => {
    expect(() => createHerokuClient(options)).toThrow(expect.objectContaining({ code }));
    expect(() => createHerokuClient(options)).not.toThrow(sentinel);
  });

  it('a foreign host, naming the option that allows it (fault 91, heroku-client)', () => {
    expect(() => createHerokuClient({ apiKey: sentinel, baseUrl: 'https://api.example.com' })).toThrow(
      "https://api.example.com: HOST_REFUSED: it's neither Heroku nor this machine, but would get the API key. If you trust it, pass allowHost: 'api.example.com'.",
    );
  });

  it('plain http, because the network could read the key', () => {
    expect(() => createHerokuClient({ apiKey: sentinel, baseUrl: 'http://api.heroku.com' })).toThrow(
      'http://api.heroku.com: HOST_REFUSED: plain http would send the API key in clear text. Use https://api.heroku.com.',
    );
  });

  it.each([
    { baseUrl: 'https://api.heroku.com' },
    { baseUrl: 'https://api.heroku.com/' },
    { baseUrl: 'http://127.0.0.1:4000' },
    { baseUrl: 'http://localhost:4000' },
    { baseUrl: 'http://[::1]:4000/heroku/' },
    { baseUrl: 'https://api.example.com:8443', allowHost: 'API.example.com:8443' },
  ])('but accepts $baseUrl', async (options) => {
    const client = createHerokuClient({ apiKey: sentinel, ...options });
    await client.close();
    expect(client.account).toBeDefined();
  });
});

describe('a request', () => {
  it('sends the key, version 3 and a user agent, below the path of the base URL', async () => {
    await using api = await fakeApi(() => ({ json: accountJson }));
    const account = await createHerokuClient({ apiKey: sentinel, baseUrl: `${api.url}/heroku/` }).account.get();
    expect(account).toEqual({
      id: accountJson.id,
      email: 'shop@example.com',
      verified: true,
      suspendedAt: null,
      delinquentAt: null,
    });
    expect(api.seen).toHaveLength(1);
    expect(api.seen[0]).toMatchObject({
      method: 'GET',
      path: '/heroku/account',
      headers: {
        authorization: `Bearer ${sentinel}`,
        accept: 'application/vnd.heroku+json; version=3',
        'user-agent': '@tozo/heroku-client',
      },
    });
  });

  it('forwards a warning once', async () => {
    await using api = await fakeApi(() => ({
      json: accountJson,
      headers: { 'x-heroku-warning': 'The stack is old.' },
    }));
    const warnings: string[] = [];
    const client = clientOf(api, { onWarning: (text) => warnings.push(text) });
    await client.account.get();
    await client.account.get();
    expect(warnings).toEqual(['The stack is old.']);
  });

  it('forwards the warnings of both headers, without secrets (fault 116, heroku-client)', async () => {
    await using api = await fakeApi(() => ({
      json: {},
      headers: { 'x-heroku-warning': `Replace ${sentinel}.`, 'warning-message': 'The value hunter22 is weak.' },
    }));
    const warnings: string[] = [];
    const client = clientOf(api, { onWarning: (text) => warnings.push(text) });
    await client.configVars.update('shop', { PASSWORD: new Secret('hunter22') });
    expect(warnings).toEqual(['Replace [REDACTED].', 'The value [REDACTED] is weak.']);
  });

  it('ends at its deadline, although Retry-After says more', async () => {
    await using api = await fakeApi(() => ({ status: 503, json: {}, headers: { 'retry-after': '60' } }));
    const error = await failureOf(clientOf(api).account.get({ deadline: 10_000 }));
    expect(error.code).toBe('SERVER_ERROR');
    expect(api.seen).toHaveLength(1);
  });
});

describe('request', () => {
  it('reaches the rest of the API with its own headers', async () => {
    await using api = await fakeApi(() => ({ status: 201, json: { id: 'a' }, headers: { 'x-total': '1' } }));
    const response = await clientOf(api).request({
      method: 'POST',
      path: '/apps/shop/addons?limit=1',
      body: { plan: 'heroku-postgresql:essential-0', password: new Secret('hunter22') },
      headers: { Accept: 'application/vnd.heroku+json; version=3.sdk' },
    });
    expect(response).toMatchObject({ status: 201, headers: { 'x-total': '1' }, body: { id: 'a' } });
    expect(api.seen).toMatchObject([
      {
        method: 'POST',
        path: '/apps/shop/addons?limit=1',
        headers: { accept: 'application/vnd.heroku+json; version=3.sdk', authorization: `Bearer ${sentinel}` },
        body: { plan: 'heroku-postgresql:essential-0', password: 'hunter22' },
      },
    ]);
  });

  it('returns no body where there is none', async () => {
    await using api = await fakeApi(() => (response) => response.writeHead(204).end());
    const { status, body } = await clientOf(api).request({ method: 'DELETE', path: '/apps/shop/addons/1' });
    expect([status, body]).toEqual([204, undefined]);
  });

  it('retries a GET only, and redacts errors (fault 89, heroku-client)', async () => {
    await using api = await fakeApi((_request, count) =>
      count < 3 ? 'reset' : { status: 422, json: { id: 'invalid_params', message: `Not ${sentinel}.` } },
    );
    const client = clientOf(api);
    await failureOf(client.request({ method: 'DELETE', path: '/apps/shop' }));
    expect(api.seen).toHaveLength(1);
    const error = await failureOf(client.request({ method: 'GET', path: '/apps/shop/addons' }));
    expect(error.message).toBe(`GET ${api.url}/apps/shop/addons: INVALID_PARAMS: Not [REDACTED]. (request req-1)`);
  });
});

describe('NODE_TLS_REJECT_UNAUTHORIZED=0', () => {
  it('causes one warning, with the way out (fault 92, heroku-client)', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    const warnings: string[] = [];
    const client = createHerokuClient({ apiKey: sentinel, onWarning: (text) => warnings.push(text) });
    await failureOf(client.account.get());
    await failureOf(client.apps.get('shop'));
    expect(warnings).toEqual([
      'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks: anyone on the network can read the API key. Unset it; if your proxy signs certificates, set NODE_EXTRA_CA_CERTS to its CA.',
    ]);
  });

  it("doesn't matter over plain http to this machine", async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await using api = await fakeApi(() => ({ json: accountJson }));
    const warnings: string[] = [];
    await clientOf(api, { onWarning: (text) => warnings.push(text) }).account.get();
    expect(warnings).toEqual([]);
  });
});

describe('the key', () => {
  it("isn't shown by the client, however it is printed", async () => {
    await using api = await fakeApi(() => ({ json: accountJson }));
    const client = clientOf(api);
    expect(inspect(client, { depth: 10, showHidden: true })).not.toContain(sentinel);
    expect(JSON.stringify(client)).not.toContain(sentinel);
  });

  it('is redacted from everything a server echoes, in every form (fault 89, heroku-client)', async () => {
    const forms = [sentinel, Buffer.from(sentinel).toString('base64'), encodeURIComponent(sentinel)];
    for (const form of forms) {
      for (const response of [
        { status: 422, json: { id: form, message: `bad token ${form}`, url: `https://example.com/${form}` } },
        { status: 502, text: `<pre>Authorization: Bearer ${form}</pre>` },
        { status: 200, text: `<pre>${'x'.repeat(150)} ${form}</pre>` },
      ]) {
        await using api = await fakeApi(() => response);
        const error = await failureOf(clientOf(api).account.get());
        const printed = `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)} ${error.stack} ${String(error)}`;
        expect(printed).not.toContain(form.slice(0, 12));
        expect(error).toBeInstanceOf(HerokuError);
      }
    }
  });

  it("isn't in connection errors", async () => {
    await using api = await fakeApi(() => 'reset');
    const error = await failureOf(clientOf(api).account.get());
    expect(error.code).toBe('UNREACHABLE');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(sentinel);
  });
});

describe('proxies from the environment (fault 92, heroku-client)', () => {
  async function proxy(): Promise<{ server: Server; url: string; requests: string[] }> {
    const requests: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        requests.push(data.toString());
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
  }

  it('opens a tunnel to Heroku through HTTPS_PROXY, which never sees the key', async () => {
    const { server, url, requests } = await proxy();
    vi.stubEnv('HTTPS_PROXY', url);
    const error = await failureOf(createHerokuClient({ apiKey: sentinel }).account.get());
    server.close();
    expect(error.code).toBe('UNREACHABLE');
    expect(requests[0]).toMatch(/^CONNECT api\.heroku\.com:443 HTTP\/1\.1\r\n/);
    expect(requests.join('')).not.toContain(sentinel);
  });

  it('reaches this machine directly, regardless of HTTP_PROXY', async () => {
    const { server, url, requests } = await proxy();
    vi.stubEnv('HTTP_PROXY', url);
    await using api = await fakeApi(() => ({ json: accountJson }));
    await clientOf(api).account.get();
    server.close();
    expect(requests).toEqual([]);
    expect(api.seen).toHaveLength(1);
  });
});
