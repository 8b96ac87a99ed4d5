import { type Account, type App, type HerokuClient, HerokuError, type HerokuErrorCode } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { checkApp } from './check-app.ts';

const shop = {
  name: 'shop',
  webUrl: 'https://shop-123.herokuapp.com/',
  buildStack: 'container',
  maintenance: false,
  generation: 'cedar',
} as App;
const owner = { email: 'owner@example.com', suspendedAt: null, delinquentAt: null } as Account;

function check(app: Partial<App> | Error, account: Partial<Account> | Error = {}): Promise<App> {
  const heroku = {
    apps: { get: async () => valueOf(app, shop) },
    account: { get: async () => valueOf(account, owner) },
  } as unknown as HerokuClient;
  return checkApp(heroku, 'shop');
}

function valueOf<T>(given: Partial<T> | Error, defaults: T): T {
  if (given instanceof Error) throw given;
  return { ...defaults, ...given };
}

function refusal(code: HerokuErrorCode, id?: string): HerokuError {
  return new HerokuError(code, `GET url: ${code}`, id ? { id } : {});
}

test('accepts an app that can be deployed to, with and without a URL', async () => {
  expect(await check({})).toEqual(shop);
  expect((await check({ webUrl: null })).webUrl).toBeNull();
});

test.each([
  ['a Fir app', { generation: 'fir' }, /Use a Cedar-generation app/],
  ['another stack', { buildStack: 'heroku-24' }, /heroku stack:set container -a shop/],
  ['maintenance mode', { maintenance: true }, /heroku maintenance:off -a shop/],
] as const)('refuses %s (fault 77, deploy)', async (_what, app, message) => {
  await expect(check(app)).rejects.toMatchObject({
    code: 'APP_NOT_READY',
    message: expect.stringMatching(message),
  });
});

test.each(['javascript:alert(1)', 'file:///etc/passwd', 'shop.herokuapp.com', '', '\u001B[31mhttp'])(
  'refuses the URL %j (fault 109, deploy)',
  async (webUrl) => {
    const refused = check({ webUrl });
    await expect(refused).rejects.toMatchObject({ code: 'APP_NOT_READY' });
    await expect(refused).rejects.toThrow(`is ${JSON.stringify(webUrl)}, which isn't an http or https URL`);
  },
);

test.each([
  ['suspended account', { suspendedAt: '2026-11-01T00:00:00Z' }, /suspended .*owner@example\.com/],
  ['account with overdue payments', { delinquentAt: '2026-11-01T00:00:00Z' }, /overdue .*owner@example\.com/],
] as const)('refuses the key of a %s (fault 77, deploy)', async (_what, account, message) => {
  await expect(check({}, account)).rejects.toThrow(message);
});

test.each([
  ['suspended', /suspended/],
  ['delinquent', /overdue/],
] as const)('refuses an app for which Heroku answers "%s" (fault 77, deploy)', async (id, message) => {
  await expect(check(refusal('FORBIDDEN', id))).rejects.toMatchObject({
    code: 'APP_NOT_READY',
    message: expect.stringMatching(message),
  });
});

test.each(['UNAUTHORIZED', 'TWO_FACTOR'] as const)(
  'reports what is wrong with the key before what is wrong with the app: %s (fault 78, deploy)',
  async (code) => {
    await expect(check(refusal('NOT_FOUND'), refusal(code))).rejects.toMatchObject({ code });
  },
);

test('accepts a key that may not read its account', async () => {
  expect(await check({}, refusal('FORBIDDEN'))).toEqual(shop);
});

test.each([
  ['NOT_FOUND', /doesn't exist.*heroku create shop/],
  ['FORBIDDEN', /has no access to the app shop/],
] as const)('explains %s (fault 78, deploy)', async (code, message) => {
  await expect(check(refusal(code))).rejects.toThrow(message);
});
