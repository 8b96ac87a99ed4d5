import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, webImage } from '../testing/push-image.ts';

const value = 'sentinel-value-0123456789';
const other = 'sentinel?other&0123456789';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('no key, token, config var or variable is in the journal or its HAR, no matter how it was sent', async () => {
  const apiKey = 'own key/0123456789+é';
  await using sandbox = await startSandbox({ apps: ['shop'], apiKey });
  const { journal, urls, gitlabToken, gitlabJobToken } = sandbox;
  const visit = async (url: string, init: RequestInit = {}) => void (await (await fetch(url, init)).arrayBuffer());

  // The keys where they belong.
  const basic = { authorization: `Basic ${base64(`_:${apiKey}`)}`, accept: 'application/vnd.heroku+json; version=3' };
  const api = new HerokuApi({ urls, apiKey: encodeURIComponent(apiKey) });
  await api.get('/account');
  await visit(`${urls.heroku}/account`, { headers: basic });
  await visit(`${urls.registry}/v2/`, { headers: basic });
  await pushImage(sandbox, 'shop/web', webImage('hello'));
  await visit(`${urls.gitlab}/api/v4/projects`, { headers: { 'private-token': gitlabToken } });
  await visit(`${urls.gitlab}/api/v4/projects`, {
    headers: { 'job-token': gitlabJobToken, cookie: `a=${gitlabToken}` },
  });
  await visit(`${urls.gitlab}/api/v4/projects?private_token=${gitlabToken}`);

  // The keys where they do not belong.
  for (const key of [apiKey, gitlabToken, gitlabJobToken]) {
    const escaped = encodeURIComponent(key);
    const bytes = `%${Buffer.from(key).toString('hex').match(/../g)?.join('%')}`;
    for (const part of [escaped, escaped.toLowerCase().replaceAll('%2b', '+'), bytes, base64(`user:${key}`)]) {
      await visit(`${urls.heroku}/apps/${part}?app=${part}`, {
        headers: { 'x-mine': part, referer: `http://h/${part}` },
      });
    }
    for (const body of [key, JSON.stringify({ [key]: `my ${key}` }), `a=${escaped}`, base64(`x${key}y`)]) {
      await visit(`${urls.gitlab}/api/v4/projects/1/deployments`, { method: 'POST', body });
    }
  }

  // The values they protect.
  await new HerokuApi({ urls, apiKey: '' }).request('PATCH', '/apps/shop/config-vars', {
    headers: basic,
    body: { A: value },
  });
  for (const body of [JSON.stringify({ A: value }), `{"A":"${value}`, `A=${value}`, value, JSON.stringify([value])]) {
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { ...basic, 'content-type': type };
      await visit(`${urls.heroku}/apps/shop/config-vars`, { method: 'PATCH', headers, body });
      const gitlab = { 'private-token': gitlabToken, 'content-type': type };
      const variable = type === 'application/json' ? JSON.stringify({ key: 'A', value }) : body.replace('A=', 'value=');
      await visit(`${urls.gitlab}/api/v4/projects/1/variables`, { method: 'POST', headers: gitlab, body: variable });
    }
  }
  await visit(`${urls.heroku}/apps/shop/config-vars`, { headers: basic });
  await visit(`${urls.gitlab}/api/v4/projects/1/variables?key=B&value=${encodeURIComponent(other)}`, {
    method: 'POST',
    headers: { 'private-token': gitlabToken },
  });
  await visit(`${urls.gitlab}/api/v4/projects/1/variables`, { headers: { 'private-token': gitlabToken } });

  journal.hide('said to be secret');
  await visit(`${urls.heroku}/a`, { headers: { 'x-mine': 'it was said to be secret' } });

  const shown = JSON.stringify([journal.entries(), journal.har()]);
  expect(journal.count({ status: 200 })).toBeGreaterThan(8);
  expect(shown).toContain('/apps/shop/config-vars');
  expect(shown).toContain('"{\\"A\\":\\"[REDACTED]\\"}');
  expect(shown).toContain('Basic [REDACTED]');
  for (const secret of [apiKey, gitlabToken, gitlabJobToken, value, other, 'said to be secret']) {
    const escaped = JSON.stringify(secret).slice(1, -1);
    for (const form of [secret, escaped, encodeURIComponent(secret), base64(secret).slice(0, -4)]) {
      const at = shown.indexOf(form);
      expect(at < 0 ? '' : shown.slice(Math.max(0, at - 300), at + 100)).toBe('');
    }
  }
});
