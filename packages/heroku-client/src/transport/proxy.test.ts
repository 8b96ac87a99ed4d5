import { afterEach, expect, it, vi } from 'vitest';
import { readProxyUrl } from './proxy.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

function readFrom(env: Record<string, string>): string | undefined {
  for (const name of ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY']) vi.stubEnv(name, env[name]);
  return readProxyUrl()?.href;
}

it.each([
  [{}, undefined],
  [{ HTTPS_PROXY: '' }, undefined],
  [{ HTTPS_PROXY: '127.0.0.1:3128' }, 'http://127.0.0.1:3128/'],
  [{ HTTPS_PROXY: 'proxy.example.com:3128' }, 'http://proxy.example.com:3128/'],
  [{ HTTPS_PROXY: 'https://user:p%40ss@proxy.example.com' }, 'https://user:p%40ss@proxy.example.com/'],
  [{ https_proxy: 'http://lower', HTTPS_PROXY: 'http://upper' }, 'http://lower/'],
  [{ https_proxy: '', HTTPS_PROXY: 'http://upper' }, 'http://upper/'],
  [{ HTTPS_PROXY: 'http://tls', HTTP_PROXY: 'http://plain' }, 'http://tls/'],
  [{ HTTP_PROXY: 'http://plain' }, 'http://plain/'],
])('%j is %s', (env, expected) => {
  expect(readFrom(env)).toBe(expected);
});

it.each(['not a host', 'ftp://proxy.example.com', 'http://user:s3cret@:3128'])('rejects %j', (HTTPS_PROXY) => {
  expect(() => readFrom({ HTTPS_PROXY })).toThrow(
    expect.objectContaining({
      code: 'OPTIONS_INVALID',
      message: "HTTPS_PROXY isn't a proxy URL: use one such as http://proxy.example.com:3128.",
    }),
  );
});
