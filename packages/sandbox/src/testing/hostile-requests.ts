import * as fc from 'fast-check';
import type { Service } from '../journal/journal.ts';

export const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const digest = `sha256:${'0'.repeat(64)}`;
const words: Readonly<Record<Service, readonly string[]>> = {
  heroku: [
    'apps',
    'shop',
    'releases',
    'formation',
    'web',
    'dynos',
    'config-vars',
    'log-sessions',
    'features',
    'preboot',
    'account',
    'rate-limits',
    '1',
    '2',
  ],
  registry: ['v2', 'shop', 'web', 'blobs', 'uploads', 'manifests', 'latest', 'tags', 'list', digest, '_catalog'],
  hub: ['v2', 'library', 'node', 'blobs', 'uploads', 'manifests', '20', 'tags', 'list', digest],
  gitlab: [
    'api',
    'v4',
    'projects',
    '1',
    'group%2Fproject',
    'variables',
    'deployments',
    'environments',
    'protected_branches',
    'main',
  ],
};
const queries = [
  '',
  '',
  '?page=-1',
  '?per_page=1e9',
  '?n=x&last=%00',
  `?digest=${digest}`,
  `?mount=${digest}&from=a/b`,
  '?status=&sort=1',
];
const odd = fc.constantFrom('..', '%2e%2e', '', '%00', '%', 'é', '__proto__', 'constructor', 'a'.repeat(300), '*');

/** Generates paths from the service's own words, some with an odd segment. */
export function paths(service: Service): fc.Arbitrary<string> {
  const known = words[service];
  const start = { heroku: 'apps/shop', registry: 'v2/shop/web', hub: 'v2/library/node', gitlab: 'api/v4/projects/1' }[
    service
  ];
  const part = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: odd });
  return fc
    .tuple(fc.constantFrom(start, start, start, ''), fc.array(part, { maxLength: 4 }), fc.constantFrom(...queries))
    .map(
      ([first, rest, query]) =>
        `/${[first, ...rest].filter((one, index) => index > 0 || one).join('/')}${encodeURI(query)}`,
    )
    .map((path) => path.replaceAll('é', '%C3%A9'));
}

export const bodies = fc.oneof(
  fc.json(),
  fc.constantFrom(
    '',
    '{',
    'null',
    '[[[[',
    '['.repeat(400_000),
    '{"__proto__":"x","constructor":null}',
    '{"toString":null}',
    '{"updates":[null]}',
    '{"updates":[{"type":"__proto__","quantity":1e99}]}',
    `{"updates":[{"type":"web","docker_image":"${digest}"}]}`,
    '{"key":"A","value":{"a":1}}',
    '{"key":"A","value":"b","environment_scope":"\\u0000"}',
    '{"filter":"x","name":[],"release":{},"lines":1e99,"status":7}',
    '\ud800',
  ),
);
export const headers = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { accept: 'application/vnd.heroku+json; version=3.docker-releases' },
  { accept: 'text/html' },
  { range: 'bytes=9-1' },
  { range: 'version 5..1; max=0, order=up' },
  { range: 'version '.repeat(500) },
  { 'content-range': '9-1' },
  { 'content-type': 'application/vnd.docker.distribution.manifest.v2+json' },
  { 'content-type': 'text/xml; charset=none' },
  { expect: '100-continue' },
);
