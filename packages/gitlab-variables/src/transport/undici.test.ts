import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { afterEach, expect, it, vi } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { openConnections } from './undici.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

/** Returns which names the proxy and the resolver see for one request, which fails either way. */
async function route(env: Record<string, string>) {
  const seen = { proxy: [] as string[], resolver: [] as string[] };
  await using proxy = await refusingProxy(seen.proxy);
  const lookup: LookupFunction = (hostname, _options, callback) => {
    seen.resolver.push(hostname);
    callback(new Error('not resolved in tests'), []);
  };
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'])
    vi.stubEnv(name, env[name]?.replace('PROXY', `127.0.0.1:${proxy.port}`));
  const exchange = openConnections(lookup);
  const request = { method: 'GET', url: new URL('https://gitlab.example.com/api'), headers: {} };
  await failureOf(exchange({ ...request, signal: AbortSignal.timeout(10_000) }));
  return seen;
}

async function refusingProxy(seen: string[]) {
  const server = createServer().on('connect', (request, socket) => {
    seen.push(request.url!);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const throughProxy = { proxy: ['gitlab.example.com:443'], resolver: [] };
const directly = { proxy: [], resolver: ['gitlab.example.com'] };

it.each([
  ['', throughProxy],
  ['*', directly],
  ['gitlab.example.com', directly],
  ['.example.com', directly],
  ['*.example.com', directly],
  ['example.com', directly],
  ['GitLab.Example.com', directly],
  ['other.com, gitlab.example.com', directly],
  ['gitlab.example.com:443', directly],
  ['gitlab.example.com:8443', throughProxy],
  ['lab.example.com', throughProxy],
  ['127.0.0.1 localhost', throughProxy],
])('follows NO_PROXY=%j (fault 92, gitlab-variables)', async (noProxy, expected) => {
  expect(await route({ HTTPS_PROXY: 'http://PROXY', NO_PROXY: noProxy })).toEqual(expected);
});

it('uses the proxy from the environment, with or without a scheme', async () => {
  const env = { https_proxy: 'PROXY', HTTPS_PROXY: 'http://127.0.0.1:1', no_proxy: 'x', NO_PROXY: '*' };
  expect(await route(env)).toEqual(throughProxy);
  expect(await route({ HTTP_PROXY: 'http://PROXY' })).toEqual(throughProxy);
  expect(await route({})).toEqual(directly);
});

it("the agent is the one in undici's index", () => {
  expect(createRequire(import.meta.url)('undici/lib/dispatcher/agent.js')).toBe(Agent);
});
