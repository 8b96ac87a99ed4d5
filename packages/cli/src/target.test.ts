import { expect, test } from 'vitest';
import { chooseTarget } from './target.ts';

const asked = { sandbox: true };
const notAsked = { sandbox: false };

test.each([
  ['no key, on a laptop', {}, notAsked, 'sandbox (no HEROKU_API_KEY)'],
  ['--sandbox with a key', { HEROKU_API_KEY: 'HRKU-1' }, asked, 'sandbox'],
  ['--sandbox in CI', { CI: 'true' }, asked, 'sandbox'],
  ['TOZO_SANDBOX=1 in CI', { CI: 'true', TOZO_SANDBOX: '1' }, notAsked, 'sandbox'],
  ['CI=false without a key', { CI: 'false' }, notAsked, 'sandbox (no HEROKU_API_KEY)'],
  ['a key', { HEROKU_API_KEY: 'HRKU-1' }, notAsked, 'Heroku'],
  ['a key in CI', { HEROKU_API_KEY: 'HRKU-1', CI: 'true' }, notAsked, 'Heroku'],
  [
    'another API',
    { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'http://127.0.0.1:9/' },
    notAsked,
    'Heroku at 127.0.0.1:9',
  ],
])('%s: %s', (_, env, options, text) => {
  expect(chooseTarget(env, options).text).toBe(text);
});

test.each([
  ['CI without a key', { CI: 'true' }, /HEROKU_API_KEY is not set.*masked and protected/],
  ['an empty key', { HEROKU_API_KEY: '' }, /set but empty/],
  ['a key with a line break', { HEROKU_API_KEY: 'HRKU-1\n' }, /line break/],
  [
    'a foreign API, which would be handed the key (fault 91)',
    { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'https://api.example.com' },
    /HEROKU_API_URL names api\.example\.com/,
  ],
  [
    'an address that is none',
    { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'localhost' },
    /HEROKU_API_URL is "localhost"/,
  ],
  [
    'CI on an unprotected ref',
    { CI: 'true', CI_COMMIT_REF_PROTECTED: 'false', CI_COMMIT_REF_NAME: 'fix' },
    /protected and "fix" is not a protected branch/,
  ],
])('%s is refused', (_, env, says) => {
  expect(() => chooseTarget(env, notAsked)).toThrow(says);
});
