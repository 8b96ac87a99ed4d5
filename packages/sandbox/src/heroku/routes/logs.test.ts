import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';
import { AppLog } from '../state/app-log.ts';
import { Clock } from '../../time/clock.ts';

test.each([{ lines: -1 }, { lines: '5' }, { tail: 'yes' }, { source: 1 }])(
  'rejects a log session with %j',
  async (body) => {
    await using sandbox = await startSandbox({ apps: ['shop'] });
    const response = await new HerokuApi(sandbox).request('POST', '/apps/shop/log-sessions', { body });
    expect(response.status).toBe(422);
  },
);

test('responds 404 to an unknown log session', async () => {
  await using sandbox = await startSandbox();
  expect((await fetch(`${sandbox.urls.heroku}/sessions/nothing`)).status).toBe(404);
});

test('the log has the platform’s messages and the app’s output, in Heroku’s format', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { imageId } = await pushImage(sandbox, 'shop/web', webImage('hello'));
  await api.release('shop', [{ type: 'web', docker_image: imageId }]);
  const log = await until(
    () => api.log('shop'),
    (text) => text.includes('starting to up') && text.includes('listening'),
  );
  const lines = log.trim().split('\n');
  for (const line of lines) {
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00 (app|heroku)\[[\w.]+\]: \S/);
  }
  expect(lines.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual(
    expect.arrayContaining([
      'app[api]: Release v3 created by user sandbox@example.com',
      'heroku[web.1]: Starting process with command `node main.js`',
      'app[web.1]: listening',
      'heroku[web.1]: State changed from starting to up',
    ]),
  );
});

test('the router’s errors are in the log, and a session can be limited to one source or dyno', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  await fetch(`${sandbox.appUrl('shop')}page`);
  const { body } = await api.request('POST', '/apps/shop/log-sessions', { body: { dyno_name: 'router' } });
  const log = await (await fetch(String(body['logplex_url']))).text();
  expect(log).toContain('heroku[router]: at=error code=H14 desc="No web dynos running" method=GET path="/page"');
  expect(log.trim().split('\n')).toHaveLength(1);
});

test('a session with tail sends each new line', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const { body } = await api.request('POST', '/apps/shop/log-sessions', { body: { tail: true, lines: 0 } });
  const stream = await fetch(String(body['logplex_url']));
  await api.request('PATCH', '/apps/shop/config-vars', { body: { A: '1' } });
  const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
  const { value } = await reader.read();
  expect(Buffer.from(value ?? []).toString()).toContain('Release v3 created');
  await reader.cancel();
});

test('keeps the last 1,500 lines', () => {
  const log = new AppLog(new Clock());
  for (let number = 1; number <= 1600; number++) log.write('app', 'web.1', String(number));
  const lines = log.lines();
  expect([lines.length, lines[0]?.message, lines.at(-1)?.message]).toEqual([1500, '101', '1600']);
});

test('a process type as the dyno name selects all of its dynos', () => {
  const log = new AppLog(new Clock());
  for (const dyno of ['web.1', 'web.2', 'webhook.1', 'release.3']) log.write('app', dyno, dyno);
  expect(log.lines({ dyno: 'web' }).map(({ message }) => message)).toEqual(['web.1', 'web.2']);
  expect(log.lines({ type: 'release' }).map(({ message }) => message)).toEqual(['release.3']);
});

test('logs come as events with ids; after a reconnect, each line comes once (fault 163, sandbox)', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'] });
  const api = new HerokuApi(sandbox);
  const set = (value: string) => api.request('PATCH', '/apps/shop/config-vars', { body: { A: value } });
  const { body } = await api.request('POST', '/apps/shop/log-sessions', { body: { lines: 100 } });
  const read = async (headers: Record<string, string> = {}) => {
    const response = await fetch(String(body['logplex_url']), { headers: { accept: 'text/event-stream', ...headers } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    return (await response.text()).split('\n\n').filter((event) => event !== '');
  };
  await set('1');
  await set('2');
  const before = await read();
  expect(before).toHaveLength(2);
  expect(before[0]).toMatch(/^id: 1\ndata: \S+ app\[api\]: Release v3 created by user sandbox@example\.com$/);
  await set('3');
  const after = await read({ 'last-event-id': '1' });
  expect(after).toEqual([before[1], expect.stringMatching(/^id: 3\ndata: .* Release v5 created/)]);
});
