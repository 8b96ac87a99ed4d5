import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseChallenge, parseChallenges } from './challenge.ts';

test.for([
  ['nothing', '', []],
  ['only separators', ' , ,', []],
  ['no scheme at all', '"quoted"', []],
  ['a scheme alone', 'Basic', [{ scheme: 'basic', parameters: {} }]],
  ['a quoted string that does not end', 'Bearer realm="https://a', [{ scheme: 'bearer', parameters: {} }]],
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
] as const)('a challenge is read with %s (fault 18)', ([, header, challenges]) => {
  expect(parseChallenges(header)).toEqual(challenges);
});

test('no header makes the parser hang or throw (fault 18)', () => {
  const nasty = fc.string({
    unit: fc.constantFrom('Basic', 'Bearer', ' ', ',', '=', '"', '\\', 'realm', 'a', '\u00e9'),
    maxLength: 60,
  });
  fc.assert(fc.property(nasty, (header) => Array.isArray(parseChallenges(header))));
});

test('what is written as challenges is read as the same ones (fault 18)', () => {
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

test('of two ways to log in the one by tokens is taken, and unknown ones are not (fault 18)', () => {
  const chosen = (header: string) => chooseChallenge(parseChallenges(header))?.scheme;

  expect(chosen('Negotiate, Digest realm="x"')).toBeUndefined();
  expect(chosen('Basic realm="x", Bearer realm="https://a"')).toBe('bearer');
  expect(chosen('Bearer, Basic realm="x"')).toBe('basic');
});
