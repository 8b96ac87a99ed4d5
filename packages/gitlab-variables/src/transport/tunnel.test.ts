import { expect, it } from 'vitest';
import { proxyFor } from './tunnel.ts';

const proxy = 'http://proxy.example.com:3128';

it.each([
  ['', true],
  ['*', false],
  ['gitlab.example.com', false],
  ['.example.com', false],
  ['*.example.com', false],
  ['example.com', false],
  ['GitLab.Example.com', false],
  ['other.com, gitlab.example.com', false],
  ['gitlab.example.com:443', false],
  ['gitlab.example.com:8443', true],
  ['lab.example.com', true],
  ['127.0.0.1 localhost', true],
])('with NO_PROXY=%j, https://gitlab.example.com through a proxy: %s (fault 92)', (noProxy, proxied) => {
  const url = proxyFor(new URL('https://gitlab.example.com/api'), { HTTPS_PROXY: proxy, NO_PROXY: noProxy });
  expect(url?.href).toBe(proxied ? `${proxy}/` : undefined);
});

it('the lower case names win, and a proxy may be named without its scheme', () => {
  const url = proxyFor(new URL('https://gitlab.com'), {
    https_proxy: 'inside:3128',
    HTTPS_PROXY: proxy,
    no_proxy: 'x',
    NO_PROXY: '*',
  });
  expect(url?.href).toBe('http://inside:3128/');
  expect(proxyFor(new URL('https://gitlab.com'), {})).toBeUndefined();
});
