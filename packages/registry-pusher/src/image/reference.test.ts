import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatImageReference, parseImageReference, withDefaultTag } from './reference.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

test.each([
  ['node', { registry: 'docker.io', repository: 'library/node' }],
  ['node:20-slim', { registry: 'docker.io', repository: 'library/node', tag: '20-slim' }],
  ['me/app', { registry: 'docker.io', repository: 'me/app' }],
  ['docker.io/node', { registry: 'docker.io', repository: 'library/node' }],
  ['index.docker.io/me/app', { registry: 'docker.io', repository: 'me/app' }],
  ['registry.heroku.com/shop/web', { registry: 'registry.heroku.com', repository: 'shop/web' }],
  ['localhost/app', { registry: 'localhost', repository: 'app' }],
  ['127.0.0.1:5000/app:1', { registry: '127.0.0.1:5000', repository: 'app', tag: '1' }],
  ['[::1]:5000/app', { registry: '[::1]:5000', repository: 'app' }],
  [`node:20@${digest}`, { registry: 'docker.io', repository: 'library/node', tag: '20', digest }],
  ['a.b/c/d/e__f-g.h', { registry: 'a.b', repository: 'c/d/e__f-g.h' }],
  ['Registry.Example:5000/app', { registry: 'registry.example:5000', repository: 'app' }],
  ['REGISTRY.HEROKU.COM/shop/web', { registry: 'registry.heroku.com', repository: 'shop/web' }],
  ['Docker.io/node', { registry: 'docker.io', repository: 'library/node' }],
  ['BUILDHOST/app', { registry: 'BUILDHOST', repository: 'app' }],
  [`registry.example/${'b'.repeat(255)}`, { registry: 'registry.example', repository: 'b'.repeat(255) }],
])('parses %s (fault 137, registry-pusher)', (text, reference) => {
  expect(parseImageReference(text)).toEqual(reference);
});

test.each([
  'Node',
  'me/App',
  'a..b/../c',
  'me/../app',
  `a/${'b'.repeat(300)}`,
  `registry.example/${'b'.repeat(256)}`,
  'a1'.repeat(32),
  '192.168.1.256/app',
  'registry.example:65536/app',
  'node@sha256:short',
  `node@${digest}@${digest}`,
  `node@sha256:${'A'.repeat(64)}`,
  'node:🚀',
  'no de',
  'node:',
  ':20',
  '',
  '/node',
  'node/',
  `node:${'t'.repeat(129)}`,
  'host:99999999/app',
])('rejects %s before any request (faults 33, 137, registry-pusher)', (text) => {
  expect(() => parseImageReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
});

test('names uppercase letters as the reason', () => {
  expect(() => parseImageReference('me/App')).toThrow('has uppercase letters');
});

test('calls 64 hex digits an image ID (fault 137, registry-pusher)', () => {
  expect(() => parseImageReference('a1'.repeat(32))).toThrow("it's an image ID");
});

test('adds the default tag only to a reference without tag and digest', () => {
  expect(withDefaultTag(parseImageReference('node')).tag).toBe('latest');
  expect(withDefaultTag(parseImageReference(`node@${digest}`))).not.toHaveProperty('tag');
});

test('round-trips formatted references', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
  const reference = fc.record(
    {
      registry: fc.constantFrom('docker.io', 'localhost', 'ghcr.io', 'registry.heroku.com', '127.0.0.1:5000'),
      repository: fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('/')),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/),
      digest: fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}` as const),
    },
    { requiredKeys: ['registry', 'repository'] },
  );
  fc.assert(
    fc.property(reference, (each) => {
      expect(parseImageReference(formatImageReference(each))).toEqual(each);
    }),
  );
});

test('parses any text to a stable reference or rejects it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z:@/.0-9-]{0,30}$/)), (text) => {
      try {
        const once = parseImageReference(text);
        expect(parseImageReference(formatImageReference(once))).toEqual(once);
      } catch (error) {
        expect(error).toMatchObject({ code: 'REFERENCE_INVALID' });
      }
    }),
  );
});
