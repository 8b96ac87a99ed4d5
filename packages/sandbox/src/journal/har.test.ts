import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { harProblems } from '../testing/har-check.ts';
import { HerokuApi } from '../testing/heroku-api.ts';
import { pushImage, webImage } from '../testing/push-image.ts';

test('exports a valid HTTP Archive 1.2, even with requests that got no response', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const { journal, urls, faults } = sandbox;
  await pushImage(sandbox, 'shop/web', webImage('hello'));
  await new HerokuApi(sandbox).request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  faults.add({ on: { service: 'gitlab' }, effect: { kind: 'reset-answer', afterBytes: 0 } });
  await fetch(`${urls.gitlab}/api/v4/projects?page=1&private_token=x`, { method: 'POST' }).catch(() => undefined);
  await journal.settled();
  const har = JSON.parse(JSON.stringify(journal.har())) as ReturnType<typeof journal.har>;
  expect(harProblems(har)).toEqual([]);
  expect(har.log.entries).toHaveLength(journal.size);
  expect(har.log.entries.at(-1)).toMatchObject({
    request: {
      method: 'POST',
      url: `${urls.gitlab}/api/v4/projects?page=1&private_token=[REDACTED]`,
      queryString: [
        { name: 'page', value: '1' },
        { name: 'private_token', value: '[REDACTED]' },
      ],
    },
    response: { status: 0, headersSize: 0 },
    _service: 'gitlab',
    _faults: ['reset-answer'],
  });
});

test('the archive check reports problems', () => {
  expect(harProblems({ log: { version: '1.1', creator: {}, entries: [{}] } })).toEqual(
    expect.arrayContaining([
      'log.version is not 1.2',
      'log.creator.name is not a string',
      'entries[0].time is not a number',
    ]),
  );
});

test('includes bodies with their types', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  await new HerokuApi(sandbox).request('PATCH', '/apps/shop', { body: { maintenance: true } });
  const [entry] = sandbox.journal.har({ method: 'PATCH' }).log.entries;
  expect(entry).toMatchObject({
    request: { postData: { mimeType: 'application/json', text: '{"maintenance":true}' }, bodySize: 20 },
    response: {
      content: { mimeType: 'application/json', text: expect.stringContaining('"maintenance":true') as string },
    },
  });
});
