import { expect, test } from 'vitest';
import { chooseTarget } from './target.ts';

const withSandbox = { sandbox: true };
const withoutSandbox = { sandbox: false };

test.each([
  ['no key, on a laptop', {}, withoutSandbox, 'sandbox (no HEROKU_API_KEY)'],
  ['--sandbox with a key', { HEROKU_API_KEY: 'HRKU-1' }, withSandbox, 'sandbox'],
  ['--sandbox in CI', { CI: 'true' }, withSandbox, 'sandbox'],
  ['TOZO_SANDBOX=1 in CI', { CI: 'true', TOZO_SANDBOX: '1' }, withoutSandbox, 'sandbox'],
  ['CI=false without a key', { CI: 'false' }, withoutSandbox, 'sandbox (no HEROKU_API_KEY)'],
  ['a key', { HEROKU_API_KEY: 'HRKU-1' }, withoutSandbox, 'Heroku'],
  ['a key in CI', { HEROKU_API_KEY: 'HRKU-1', CI: 'true' }, withoutSandbox, 'Heroku'],
  [
    'another API',
    { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'http://127.0.0.1:9/' },
    withoutSandbox,
    'Heroku at 127.0.0.1:9',
  ],
])('%s: %s', (_, env, options, text) => {
  expect(chooseTarget(env, options).text).toBe(text);
});

test.each([
  ['CI without a key', { CI: 'true' }, /HEROKU_API_KEY isn't set.*masked and protected/],
  ['an empty key', { HEROKU_API_KEY: '' }, /set but empty/],
  ['a key with a line break', { HEROKU_API_KEY: 'HRKU-1\n' }, /line break/],
  [
    'a foreign API, which would get the key (fault 91, deploy)',
    { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'https://api.example.com' },
    /HEROKU_API_URL names api\.example\.com/,
  ],
  [
    'Heroku over plain http',
    { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'http://api.heroku.com' },
    /HEROKU_API_URL is http:\/\/api\.heroku\.com: plain http would send the API key in clear text\. Use https:\/\/api\.heroku\.com\./,
  ],
  ['an invalid address', { HEROKU_API_KEY: 'HRKU-1', HEROKU_API_URL: 'localhost' }, /HEROKU_API_URL is "localhost"/],
  [
    'CI on an unprotected ref (fault 129, gitlab)',
    { CI: 'true', CI_COMMIT_REF_PROTECTED: 'false', CI_COMMIT_REF_NAME: 'fix' },
    /protected, but "fix" isn't a protected branch/,
  ],
  [
    'a merge request pipeline without the key (fault 129, gitlab)',
    { CI: 'true', CI_PIPELINE_SOURCE: 'merge_request_event' },
    /HEROKU_API_KEY isn't set.*merge request pipeline/,
  ],
  [
    'a key that GitLab did not expand (fault 129, gitlab)',
    { CI: 'true', HEROKU_API_KEY: '${HEROKU_API_KEY}' },
    /HEROKU_API_KEY is an unexpanded reference to HEROKU_API_KEY/,
  ],
  [
    'an app name that is the path of a file (fault 129, gitlab)',
    { CI: 'true', HEROKU_API_KEY: 'HRKU-1', HEROKU_APP: '/builds/acme/shop.tmp/HEROKU_APP' },
    /HEROKU_APP is the path of a file: its CI\/CD variable has the type File/,
  ],
])('refuses %s', (_, env, says) => {
  expect(() => chooseTarget(env, withoutSandbox)).toThrow(says);
});

test('a named environment is never taken for the sandbox, unless that is asked for', () => {
  expect(() => chooseTarget({}, { sandbox: false, environment: 'live' })).toThrow(
    /HEROKU_API_KEY isn't set.*environment live.*--sandbox/,
  );
  expect(chooseTarget({}, { sandbox: true, environment: 'live' }).kind).toBe('sandbox');
  expect(chooseTarget({}, { sandbox: false, environment: '' }).kind).toBe('sandbox');
});
