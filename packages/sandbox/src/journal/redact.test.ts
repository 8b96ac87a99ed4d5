import { describe, expect, test } from 'vitest';
import { type BodyPlace, redactBody, redactHeader, redactor, redactUrl } from './redact.ts';
import { secretsCutter } from './secrets.ts';

test.each([
  [
    '/v2/shop/web/blobs/uploads/1?digest=sha256:ab&_state=s3cret',
    '/v2/shop/web/blobs/uploads/1?digest=sha256:ab&_state=[cut]',
  ],
  ['/api?private_token=s3cret&page=2', '/api?private_token=[cut]&page=2'],
  ['/a?x=1?token=s3cret', '/a?x=[cut]'],
  ['/a?%ZZ=s3cret', '/a?%ZZ=[cut]'],
  ['/a?s3cret', '/a?s3cret=[cut]'],
  ['http://me:s3cret@127.0.0.1/a?page=1', 'http://[cut]@127.0.0.1/a?page=1'],
  ['/streams/s3cret', '/streams/[cut]'],
  ['/sessions/s3cret?srv=1', '/sessions/[cut]?srv=1'],
  ['/a', '/a'],
])('of %s only what is harmless is kept', (url, kept) => {
  expect(redactUrl(url)).toBe(kept);
});

test.each([
  ['Authorization', 'Basic czNjcmV0', 'Basic [cut]'],
  ['authorization', 'Bearer s3cret', 'Bearer [cut]'],
  ['authorization', 's3cret', '[cut]'],
  ['PRIVATE-TOKEN', 's3cret', '[cut]'],
  ['Job-Token', 's3cret', '[cut]'],
  ['Cookie', 'a=s3cret', '[cut]'],
  ['Set-Cookie', 'a=s3cret; Path=/', '[cut]'],
  ['X-Registry-Auth', 's3cret', '[cut]'],
  [
    'Location',
    'http://127.0.0.1/v2/a/blobs/uploads/1?_state=s3cret',
    'http://127.0.0.1/v2/a/blobs/uploads/1?_state=[cut]',
  ],
  ['Link', '</a?secret=s3cret&page=2>; rel="next"', '</a?secret=[cut]&page=2>; rel="next"'],
  [
    'WWW-Authenticate',
    'Bearer realm="http://127.0.0.1/token",scope="a"',
    'Bearer realm="http://127.0.0.1/token",scope="a"',
  ],
  ['Accept', 'application/json, text/plain; q=0.5', 'application/json, text/plain; q=0.5'],
])('of the header %s: %s only what is harmless is kept', (name, value, kept) => {
  expect(redactHeader(name, value)).toBe(kept);
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
      '{"A":"[cut]","B":null,"C":"[cut]"}',
    ],
    [{ ...heroku, path: '/apps/shop/config-vars?x' }, '{"A":{"B":["s3cret"]}}', '{"A":{"B":["[cut]"]}}'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: form }, '{"A":"s3cret"}', '{"A":"[cut]"}'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: form }, 'A=s3cret', 'A=[cut]'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: form }, 's3cret', '[cut]'],
    [{ ...heroku, path: '/apps/shop/config-vars', contentType: 'text/plain' }, 's3cret', undefined],
    [{ ...heroku, path: '/apps/shop/config-vars' }, '{"A":"s3cr', undefined],
    [{ ...heroku, path: '/apps/shop/config-vars' }, '"s3cret"', '"[cut]"'],
    [{ ...gitlab, path: variables }, '["s3cret"]', '["[cut]"]'],
    [{ ...gitlab, path: variables, contentType: form }, '{"A":"s3cret"}', '{"A":"[cut]"}'],
    [{ ...heroku, path: '/apps/shop/config-vars', status: 422 }, '{"id":"invalid_params"}', '{"id":"invalid_params"}'],
    [
      { ...heroku, path: '/apps/shop/dynos' },
      '{"command":"ls","env":{"A":"s3cret"}}',
      '{"command":"ls","env":{"A":"[cut]"}}',
    ],
    [{ ...heroku, path: '/streams/x', contentType: 'text/plain' }, 's3cret', undefined],
    [
      { ...heroku, path: '/x' },
      '{"logplex_url":"http://h/sessions/s3cret?srv=1"}',
      '{"logplex_url":"http://h/sessions/[cut]?srv=1"}',
    ],
    [{ ...heroku, path: '/apps/shop' }, '{ "name": "shop" }', '{ "name": "shop" }'],
    [{ ...gitlab, path: variables }, '[{"key":"A","value":"s3cret"}]', '[{"key":"A","value":"[cut]"}]'],
    [{ ...gitlab, path: variables, contentType: form }, 'key=A&value=s3cret', 'key=A&value=[cut]'],
    [{ ...gitlab, path: variables, contentType: 'text/plain' }, 'value: s3cret', undefined],
    [
      { ...gitlab, path: '/x', contentType: form },
      'ref=main&variables[][value]=s3cret',
      'ref=main&variables[][value]=[cut]',
    ],
    [
      { ...registry, path: '/token' },
      '{"token":"s3cret","access_token":"s3cret"}',
      '{"token":"[cut]","access_token":"[cut]"}',
    ],
    [{ ...registry, path: '/x' }, '{"user":{"password":"s3cret"},"n":1}', '{"user":{"password":"[cut]"},"n":1}'],
    [{ ...registry, path: '/x', contentType: form }, 'user=me&password=s3cret', 'user=me&password=[cut]'],
    [{ ...registry, path: '/x', contentType: 'text/plain' }, 'password=s3cret and more', 'password=[cut] and more'],
    [{ ...registry, path: '/x' }, '['.repeat(50_000) + ']'.repeat(50_000), undefined],
  ])('at %j, %s', (place, text, kept) => {
    expect(redactBody(text, place)).toBe(kept);
  });
});

test('a known secret in a path is cut, whichever of its characters are escaped', () => {
  const redact = redactor(secretsCutter(['s3cret']));
  expect(redact.url('/keys/s3cret/a')).toBe('/keys/[cut]/a');
  expect(redact.url('/keys/%733cr%65t/a')).toBe('/keys/[cut]/a');
});
