import { appNameGrammar } from '@tozo/deploy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toAppName } from './sandbox-app-name.ts';

test.each([
  ['shop', 'shop'],
  ['ab', 'ab-app'],
  ['x', 'x-app'],
  ['Web.Shop', 'web-shop'],
  ['2048', 'app-2048'],
  ['@acme/shop', 'acme-shop'],
  ['a-very-long-name-of-an-app-in-a-monorepo', 'a-very-long-name-of-an-app-in'],
  ['商店', 'app'],
])('the app of the project %s is called %s in the sandbox', (name, app) => {
  expect(toAppName(name)).toBe(app);
});

test('any project has a name that Heroku accepts, and a valid one stays', () => {
  fc.assert(fc.property(fc.string(), (name) => appNameGrammar.test(toAppName(name))));
  fc.assert(fc.property(fc.stringMatching(appNameGrammar), (name) => toAppName(name) === name));
});
