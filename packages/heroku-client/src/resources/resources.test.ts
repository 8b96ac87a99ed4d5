import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi, type FakeResponse } from '../testing/fake-api.ts';
import { appJson, imageId, processTypeJson, releaseId } from '../testing/fake-heroku.ts';
import type { ProcessType } from './process-types.ts';

const plain = 'application/vnd.heroku+json; version=3';
const withImages = 'application/vnd.heroku+json; version=3.docker-releases';

describe('rejects before anything is sent', () => {
  const long = 'a'.repeat(31);
  const cases: [string, (client: ReturnType<typeof clientOf>) => Promise<unknown>][] = [
    ['an app name in uppercase', (client) => client.apps.get('Shop')],
    ['an app name with a path in it', (client) => client.apps.get('shop/../other')],
    ['an app name of 31 characters', (client) => client.apps.get(long)],
    ['a new app with a bad name', (client) => client.apps.create({ name: 'shop-' })],
    ['a new app on an empty stack', (client) => client.apps.create({ name: 'shop', stack: '' })],
    [
      'a config var that is a plain string',
      (client) => client.configVars.update('shop', { LOG_LEVEL: 'info' as unknown as Secret }),
    ],
    ['a config var with a hyphen', (client) => client.configVars.update('shop', { 'LOG-LEVEL': new Secret('info') })],
    ['a config var with a NUL', (client) => client.setConfigVars('shop', { KEY: new Secret('a\0b') })],
    ['a config var with half a character', (client) => client.setConfigVars('shop', { KEY: new Secret('a\ud800b') })],
    ['a feature with a path in it', (client) => client.features.get('shop', '../preboot')],
    ['the removal of a process type with a slash', (client) => client.formation.remove('shop', 'web/1')],
    ['a raw path without a slash', (client) => client.request({ method: 'GET', path: 'apps' })],
    ['a raw path that climbs', (client) => client.request({ method: 'GET', path: '/apps/%2e./account' })],
    ['a raw path with a space', (client) => client.request({ method: 'GET', path: '/apps/my shop' })],
    [
      'a raw request with its own key',
      (client) => client.request({ method: 'GET', path: '/apps', headers: { Authorization: 'Bearer x' } }),
    ],
    [
      'a raw header with a line break',
      (client) => client.request({ method: 'GET', path: '/apps', headers: { range: 'a\nb' } }),
    ],
    ['a negative deadline', (client) => client.apps.get('shop', { deadline: -1 })],
    ['an empty formation update', (client) => client.formation.update('shop', [])],
    ['an update that changes nothing', (client) => client.formation.update('shop', [{ type: 'web' }])],
    [
      'a process type twice',
      (client) =>
        client.formation.update('shop', [
          { type: 'web', quantity: 1 },
          { type: 'web', quantity: 2 },
        ]),
    ],
    ['a process type with a space', (client) => client.formation.update('shop', [{ type: 'we b', quantity: 1 }])],
    ['an image by tag', (client) => client.formation.update('shop', [{ type: 'web', dockerImage: 'latest' }])],
    ['half a dyno', (client) => client.formation.update('shop', [{ type: 'web', quantity: 0.5 }])],
    ['an empty command', (client) => client.formation.update('shop', [{ type: 'web', command: '' }])],
    ['a release called latest', (client) => client.releases.get('shop', 'latest')],
    ['a rollback to a version instead of an ID', (client) => client.releases.rollback('shop', 'v41')],
    ['pages of 0', async (client) => client.releases.list('shop', { max: 0 })[Symbol.asyncIterator]().next()],
    ['a deadline of NaN', (client) => client.releases.waitFor('shop', 1, { deadline: Number.NaN })],
    ['a release without an image', (client) => client.releaseImages('shop', [{ type: 'web', quantity: 1 }])],
  ];

  it.each(cases)('%s', async (_name, call) => {
    await using api = await fakeApi(() => ({ json: {} }));
    expect(await failureOf(call(clientOf(api)))).toMatchObject({ code: 'OPTIONS_INVALID' });
    expect(api.seen).toEqual([]);
  });
});

describe('apps', () => {
  it('are read by name or ID', async () => {
    await using api = await fakeApi(() => ({ json: appJson }));
    const app = await clientOf(api).apps.get('shop');
    await clientOf(api).apps.get(app.id);
    expect(app).toEqual({
      id: appJson.id,
      name: 'shop',
      webUrl: 'https://shop-0123456789ab.herokuapp.com/',
      stack: 'container',
      buildStack: 'container',
      maintenance: false,
      generation: 'cedar',
      region: 'us',
      space: null,
      createdAt: '2026-01-01T12:00:00Z',
      releasedAt: '2026-01-01T12:00:00Z',
    });
    expect(api.seen.map(({ path }) => path)).toEqual(['/apps/shop', `/apps/${appJson.id}`]);
  });

  it('may have no URL, no generation and a space', async () => {
    const { generation: _, ...older } = appJson;
    await using api = await fakeApi(() => ({ json: { ...older, web_url: null, space: { name: 'inside' } } }));
    expect(await clientOf(api).apps.get('shop')).toMatchObject({ webUrl: null, generation: null, space: 'inside' });
  });

  it('are created on a stack', async () => {
    await using api = await fakeApi(() => ({ status: 201, json: appJson }));
    await clientOf(api).apps.create({ name: 'shop', stack: 'container' });
    expect(api.seen[0]).toMatchObject({ method: 'POST', path: '/apps', body: { name: 'shop', stack: 'container' } });
  });
});

describe('config vars', () => {
  it('are redacted from errors that quote them', async () => {
    await using api = await fakeApi(() => ({
      status: 422,
      json: { id: 'invalid_params', message: 'Value "hunter22" is too weak' },
    }));
    const error = await failureOf(clientOf(api).configVars.update('shop', { PASSWORD: new Secret('hunter22') }));
    expect(error.message).toContain('INVALID_PARAMS: Value "[REDACTED]" is too weak.');
  });

  it("that aren't strings cause a PROTOCOL error without their value", async () => {
    await using api = await fakeApi(() => ({ json: { PORT: 5000 } }));
    const error = await failureOf(clientOf(api).configVars.get('shop'));
    expect(error.message).toContain('PROTOCOL: PORT should be a string, not a number.');
  });

  it('are set and removed in one PATCH', async () => {
    await using api = await fakeApi(() => ({ json: { LOG_LEVEL: 'info' } }));
    const after = await clientOf(api).configVars.update('shop', { LOG_LEVEL: new Secret('info'), OLD: null });
    expect(after['LOG_LEVEL']?.reveal()).toBe('info');
    expect(after['OLD']).toBeUndefined();
    expect(api.seen).toHaveLength(1);
    expect(api.seen[0]).toMatchObject({
      method: 'PATCH',
      path: '/apps/shop/config-vars',
      body: { LOG_LEVEL: 'info', OLD: null },
    });
  });

  it('are only read when there is no change, because a change restarts the dynos', async () => {
    await using api = await fakeApi(() => ({ json: { LOG_LEVEL: 'info' } }));
    const unchanged = await clientOf(api).configVars.update('shop', {});
    expect(unchanged['LOG_LEVEL']?.reveal()).toBe('info');
    expect(api.seen.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('the formation', () => {
  it('is updated with all images in one PATCH of the docker-releases variant', async () => {
    await using api = await fakeApi(() => ({ json: [processTypeJson('web'), processTypeJson('worker')] }));
    const updated = await clientOf(api).formation.update('shop', [
      { type: 'web', dockerImage: imageId },
      { type: 'worker', dockerImage: imageId, command: 'node worker.js', quantity: 2, size: 'Standard-1X' },
    ]);
    expect(updated).toEqual([
      { id: releaseId(1), type: 'web', command: 'node server.js', quantity: 1, size: 'Basic' },
      { id: releaseId(1), type: 'worker', command: 'node server.js', quantity: 1, size: 'Basic' },
    ]);
    expect(api.seen).toHaveLength(1);
    expect(api.seen[0]).toMatchObject({
      method: 'PATCH',
      path: '/apps/shop/formation',
      headers: { accept: 'application/vnd.heroku+json; version=3.docker-releases' },
    });
    expect(api.seen[0]?.body).toEqual({
      updates: [
        { type: 'web', docker_image: imageId },
        {
          type: 'worker',
          docker_image: imageId,
          command: 'node worker.js',
          quantity: 2,
          dyno_size: { name: 'Standard-1X' },
        },
      ],
    });
  });

  it('is scaled with plain version 3', async () => {
    await using api = await fakeApi(() => ({ json: [processTypeJson('web')] }));
    await clientOf(api).formation.update('shop', [{ type: 'web', quantity: 2 }]);
    expect(api.seen.map(({ headers }) => headers.accept)).toEqual([plain]);
  });

  it.each<[string, object, ProcessType['dockerImage']]>([
    ['an image', { docker_image: { id: releaseId(9) } }, { id: releaseId(9) }],
    ['no image', { docker_image: null }, null],
    ['nothing about images', {}, undefined],
    ['something unknown about images', { docker_image: 'latest' }, undefined],
  ])('is listed with %s', async (_name, shown, dockerImage) => {
    await using api = await fakeApi(() => ({ json: [{ ...processTypeJson('web'), ...shown }] }));
    const [web] = await clientOf(api).formation.list('shop');
    expect(web?.dockerImage).toEqual(dockerImage);
    expect(api.seen.map(({ headers }) => headers.accept)).toEqual([withImages]);
  });

  it.each<[string, FakeResponse]>([
    ['a bad request', { status: 400, json: { id: 'bad_request', message: 'Unknown variant.' } }],
    ['not acceptable', { status: 406, json: { id: 'not_acceptable', message: 'Unknown variant.' } }],
    ['not found', { status: 404, json: { id: 'not_found', message: 'Unknown variant.' } }],
    ['server errors', { status: 500, json: { id: 'internal_server_error', message: 'Oops.' } }],
    ['another shape', { json: { formations: [] } }],
  ])('is listed with plain version 3 once the variant with images returned %s', async (_name, refusal) => {
    await using api = await fakeApi(({ headers }) =>
      headers.accept === plain ? { json: [processTypeJson('web')] } : refusal,
    );
    const client = clientOf(api);
    expect((await client.formation.list('shop')).map(({ type }) => type)).toEqual(['web']);
    const before = api.seen.length;
    expect((await client.formation.list('shop'))[0]?.dockerImage).toBeUndefined();
    expect(api.seen.slice(before).map(({ headers }) => headers.accept)).toEqual([plain]);
  });

  it("isn't read twice with a rejected key", async () => {
    await using api = await fakeApi(() => ({ status: 401, json: { id: 'unauthorized', message: 'No.' } }));
    expect(await failureOf(clientOf(api).formation.list('shop'))).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(api.seen).toHaveLength(1);
  });
});

describe('dynos', () => {
  const dyno = {
    id: releaseId(8),
    name: 'web.1',
    type: 'web',
    state: 'hibernating',
    command: 'node server.js',
    size: 'Basic',
    release: { id: releaseId(42), version: 42 },
    created_at: '2026-01-01T12:00:00Z',
    updated_at: '2026-01-01T12:00:01Z',
  };

  it('have a release and a state, even an unknown one (fault 65, heroku-client)', async () => {
    await using api = await fakeApi(() => ({ json: [dyno] }));
    expect(await clientOf(api).dynos.list('shop')).toEqual([
      {
        id: releaseId(8),
        name: 'web.1',
        type: 'web',
        state: 'hibernating',
        command: 'node server.js',
        size: 'Basic',
        release: { id: releaseId(42), version: 42 },
        createdAt: '2026-01-01T12:00:00Z',
        updatedAt: '2026-01-01T12:00:01Z',
      },
    ]);
  });
});

describe('features', () => {
  const preboot = { id: releaseId(5), name: 'preboot', enabled: true, state: 'general', doc_url: null };

  it('are read one by one and as a list', async () => {
    await using api = await fakeApi(({ path }) => ({ json: path.endsWith('/features') ? [preboot] : preboot }));
    const client = clientOf(api);
    expect(await client.features.get('shop', 'preboot')).toEqual({ name: 'preboot', enabled: true });
    expect(await client.features.list('shop')).toEqual([{ name: 'preboot', enabled: true }]);
    expect(api.seen.map(({ path }) => path)).toEqual(['/apps/shop/features/preboot', '/apps/shop/features']);
  });
});

it('reads the rate limit', async () => {
  await using api = await fakeApi(() => ({ json: { remaining: 2_399 } }));
  expect(await clientOf(api).rateLimit.get()).toEqual({ remaining: 2_399 });
  expect(api.seen.map(({ path }) => path)).toEqual(['/account/rate-limits']);
});
