import { describe, expect, test } from 'vitest';
import { type BodyPlace, createRedactor, redactBody, redactHeader, redactUrl } from './redact.ts';
import { createSecretRedactor } from './secrets.ts';

test.each([
  [
    '/v2/shop/web/blobs/uploads/1?digest=sha256:ab&_state=s3cret',
    '/v2/shop/web/blobs/uploads/1?digest=sha256:ab&_state=[REDACTED]',
  ],
  ['/api?private_token=s3cret&page=2', '/api?private_token=[REDACTED]&page=2'],
  ['/a?x=1?token=s3cret', '/a?x=[REDACTED]'],
  ['/a?%ZZ=s3cret', '/a?%ZZ=[REDACTED]'],
  ['/a?s3cret', '/a?s3cret=[REDACTED]'],
  ['http://me:s3cret@127.0.0.1/a?page=1', 'http://[REDACTED]@127.0.0.1/a?page=1'],
  ['/streams/s3cret', '/streams/[REDACTED]'],
  ['/sessions/s3cret?srv=1', '/sessions/[REDACTED]?srv=1'],
  ['/a', '/a'],
])('redacts %s to %s', (url, result) => {
  expect(redactUrl(url)).toBe(result);
});

test.each([
  ['Authorization', 'Basic czNjcmV0', 'Basic [REDACTED]'],
  ['authorization', 'Bearer s3cret', 'Bearer [REDACTED]'],
  ['authorization', 's3cret', '[REDACTED]'],
  ['PRIVATE-TOKEN', 's3cret', '[REDACTED]'],
  ['Job-Token', 's3cret', '[REDACTED]'],
  ['Cookie', 'a=s3cret', '[REDACTED]'],
  ['Set-Cookie', 'a=s3cret; Path=/', '[REDACTED]'],
  ['X-Registry-Auth', 's3cret', '[REDACTED]'],
  [
    'Location',
    'http://127.0.0.1/v2/a/blobs/uploads/1?_state=s3cret',
    'http://127.0.0.1/v2/a/blobs/uploads/1?_state=[REDACTED]',
  ],
  ['Link', '</a?secret=s3cret&page=2>; rel="next"', '</a?secret=[REDACTED]&page=2>; rel="next"'],
  [
    'WWW-Authenticate',
    'Bearer realm="http://127.0.0.1/token",scope="a"',
    'Bearer realm="http://127.0.0.1/token",scope="a"',
  ],
  ['Accept', 'application/json, text/plain; q=0.5', 'application/json, text/plain; q=0.5'],
])('redacts the header %s: %s to %s', (name, value, result) => {
  expect(redactHeader(name, value)).toBe(result);
});

const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const variables = '/api/v4/projects/1/variables';

describe('bodies', () => {
  const heroku = { service: 'heroku', contentType: json } as const;
  const gitlab = { service: 'gitlab', contentType: json } as const;
  const registry = { service: 'registry', contentType: json } as const;
  test.each<[BodyPlace, string, string | undefined]>([
    [
      { ...heroku, path: '/apps/shop/config-vars' },
      '{"A":"s3cret","B":null,"C":7}',
      '{"A":"[REDACTED]","B":null,"C":"[REDACTED]"}',
    ],
    [{ ...heroku, path: '/apps/shop/config-vars?x' }, '{"A":{"B":["s3cret"]}}', '{"A":{"B":["[REDACTED]"]}}'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: form }, '{"A":"s3cret"}', '{"A":"[REDACTED]"}'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: form }, 'A=s3cret', 'A=[REDACTED]'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: form }, 's3cret', '[REDACTED]'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: 'text/plain' }, 's3cret', undefined],
    [{ ...heroku, path: '/apps/shop/config-vars' }, '{"A":"s3cr', undefined],
    [{ ...heroku, path: '/apps/shop/config-vars' }, '"s3cret"', '"[REDACTED]"'],
    [{ ...gitlab, path: variables }, '["s3cret"]', '["[REDACTED]"]'],
    [{ ...gitlab, path: variables, contentType: form }, '{"A":"s3cret"}', '{"A":"[REDACTED]"}'],
    [{ ...heroku, path: '/apps/shop/config-vars', status: 422 }, '{"id":"invalid_params"}', '{"id":"invalid_params"}'],
    [
      { ...heroku, path: '/apps/shop/dynos' },
      '{"command":"ls","env":{"A":"s3cret"}}',
      '{"command":"ls","env":{"A":"[REDACTED]"}}',
    ],
    [{ ...heroku, path: '/streams/x', contentType: 'text/plain' }, 's3cret', undefined],
    [
      { ...heroku, path: '/x' },
      '{"logplex_url":"http://h/sessions/s3cret?srv=1"}',
      '{"logplex_url":"http://h/sessions/[REDACTED]?srv=1"}',
    ],
    [{ ...heroku, path: '/apps/shop' }, '{ "name": "shop" }', '{ "name": "shop" }'],
    [{ ...gitlab, path: variables }, '[{"key":"A","value":"s3cret"}]', '[{"key":"A","value":"[REDACTED]"}]'],
    [{ ...gitlab, path: variables, contentType: form }, 'key=A&value=s3cret', 'key=A&value=[REDACTED]'],
    [{ ...gitlab, path: variables, contentType: 'text/plain' }, 'value: s3cret', undefined],
    [
      { ...gitlab, path: '/x', contentType: form },
      'ref=main&variables[][value]=s3cret',
      'ref=main&variables[][value]=[REDACTED]',
    ],
    [
      { ...registry, path: '/token' },
      '{"token":"s3cret","access_token":"s3cret"}',
      '{"token":"[REDACTED]","access_token":"[REDACTED]"}',
    ],
    [{ ...registry, path: '/x' }, '{"user":{"password":"s3cret"},"n":1}', '{"user":{"password":"[REDACTED]"},"n":1}'],
    [{ ...registry, path: '/x', contentType: form }, 'user=me&password=s3cret', 'user=me&password=[REDACTED]'],
    [
      { ...registry, path: '/x', contentType: 'text/plain' },
      'password=s3cret and more',
      'password=[REDACTED] and more',
    ],
    [{ ...registry, path: '/x' }, '['.repeat(50_000) + ']'.repeat(50_000), undefined],
  ])('redacts a body at %j: %s', (place, text, result) => {
    expect(redactBody(text, place)).toBe(result);
  });
});

test('redacts a known secret in a path with any characters escaped', () => {
  const redact = createRedactor(createSecretRedactor(['s3cret']));
  expect(redact.url('/keys/s3cret/a')).toBe('/keys/[REDACTED]/a');
  expect(redact.url('/keys/%733cr%65t/a')).toBe('/keys/[REDACTED]/a');
});
