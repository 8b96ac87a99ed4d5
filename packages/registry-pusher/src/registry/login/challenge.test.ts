import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseChallenge, parseChallenges } from './challenge.ts';

test.for([
  ['nothing', '', []],
  ['only separators', ' , ,', []],
  ['no scheme at all', '"quoted"', []],
  ['only a scheme', 'Basic', [{ scheme: 'basic', parameters: {} }]],
  ['an unterminated quoted string', 'Bearer realm="https://a', [{ scheme: 'bearer', parameters: {} }]],
  ['a parameter without a scheme', 'realm="x", Basic', [{ scheme: 'basic', parameters: {} }]],
  [
    'token68',
    'Negotiate YWJj==, Basic realm=x',
    [
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'basic', parameters: { realm: 'x' } },
    ],
  ],
  [
    'commas and escapes in quotes',
    'Bearer realm="https://a/t?x=1,2",service="a \\"b\\", c" , scope=pull',
    [{ scheme: 'bearer', parameters: { realm: 'https://a/t?x=1,2', service: 'a "b", c', scope: 'pull' } }],
  ],
  [
    'two schemes',
    'Basic realm="one", BEARER Realm = "two"',
    [
      { scheme: 'basic', parameters: { realm: 'one' } },
      { scheme: 'bearer', parameters: { realm: 'two' } },
    ],
  ],
] as const)('parses a challenge with %s (fault 18, registry-pusher)', ([, header, challenges]) => {
  expect(parseChallenges(header)).toEqual(challenges);
});

test('parses any header without hanging or throwing (fault 18, registry-pusher)', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('Basic', 'Bearer', ' ', ',', '=', '"', '\\', 'realm', 'a', '\u00e9'),
    maxLength: 60,
  });
  fc.assert(fc.property(nasty, (header) => Array.isArray(parseChallenges(header))));
});

test('round-trips challenges (fault 18, registry-pusher)', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const parameters = fc.dictionary(word, fc.string({ maxLength: 20 }), {
    minKeys: 1,
    maxKeys: 4,
    noNullPrototype: true,
  });
  const challenges = fc.array(fc.record({ scheme: word, parameters }), { maxLength: 4 });
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

  fc.assert(
    fc.property(challenges, (given) => {
      const header = given
        .map(
          ({ scheme, parameters }) =>
            `${scheme} ${Object.entries(parameters)
              .map(([name, value]) => `${name}=${quoted(value)}`)
              .join(',')}`,
        )
        .join(', ');
      expect(parseChallenges(header)).toEqual(given);
    }),
  );
});

test('prefers Bearer to Basic and skips unsupported schemes (fault 18, registry-pusher)', () => {
  const chosen = (header: string) => chooseChallenge(parseChallenges(header))?.scheme;

  expect(chosen('Negotiate, Digest realm="x"')).toBeUndefined();
  expect(chosen('Basic realm="x", Bearer realm="https://a"')).toBe('bearer');
  expect(chosen('Bearer, Basic realm="x"')).toBe('basic');
});
