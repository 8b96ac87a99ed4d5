import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type LayerContent, tarLayer } from '../../testing/tar-layer.ts';
import { scanLayer } from './scan-layer.ts';

const secret = { name: 'the build secret key', value: 'the-secret-key' };

test.each<[what: string, path: string, content: LayerContent]>([
  ['a file', '/app/key', { 'app/main.js': 'main', 'app/key': `key: ${secret.value}` }],
  ['a name', `/app/${secret.value}`, { [`app/${secret.value}/`]: '' }],
  ['the target of a link', '/app/link', { 'app/link': { link: `/keys/${secret.value}` } }],
  [
    'an attribute',
    '/app/main.js',
    { 'app/main.js': { ...{ pax: { 'SCHILY.xattr.user.key': secret.value } }, text: 'x' } },
  ],
])('finds a secret in %s', async (_, path, content) => {
  const scanned = await scanLayer(Readable.from([await tarLayer(content)]), [secret]);
  expect(scanned.secret).toEqual({ path, secret });
});

test('finds nothing in two files that only contain a secret together', async () => {
  const tar = await tarLayer({ a: secret.value.slice(0, 7), b: secret.value.slice(7) });
  expect((await scanLayer(Readable.from([tar]), [secret])).secret).toBeUndefined();
});
