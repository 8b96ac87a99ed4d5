import { describe, expect, it } from 'vitest';
import { createHerokuClient } from '../client.ts';
import { HerokuError, type HerokuErrorCode } from '../errors.ts';
import { clientOf, failureOf, sentinel } from '../testing/client.ts';
import { fakeApi } from '../testing/fake-api.ts';
import { accountJson, appJson } from '../testing/fake-heroku.ts';

describe('a rejection', () => {
  const cases: [number, string, HerokuErrorCode][] = [
    [400, 'bad_request', 'INVALID_PARAMS'],
    [401, 'unauthorized', 'UNAUTHORIZED'],
    [402, 'delinquent', 'FORBIDDEN'],
    [403, 'forbidden', 'FORBIDDEN'],
    [403, 'suspended', 'FORBIDDEN'],
    [403, 'two_factor', 'TWO_FACTOR'],
    [404, 'not_found', 'NOT_FOUND'],
    [406, 'not_acceptable', 'INVALID_PARAMS'],
    [409, 'conflict', 'CONFLICT'],
    [422, 'invalid_params', 'INVALID_PARAMS'],
    [500, 'internal_server_error', 'SERVER_ERROR'],
  ];

  it.each(cases)('%i %s becomes %s', async (status, id, code) => {
    await using api = await fakeApi(() => ({ status, json: { id, message: 'It said so.' } }));
    const error = await failureOf(clientOf(api).apps.create({ stack: 'container' }));
    expect(error).toBeInstanceOf(HerokuError);
    expect(error).toMatchObject({ code, status, id, requestId: 'req-1' });
    expect(error.message).toMatch(`POST ${api.url}/apps: ${code}: It said so.`);
    expect(error.message).toContain('(request req-1)');
  });

  it('becomes one line that says what to do next', async () => {
    await using api = await fakeApi(() => ({
      status: 404,
      json: {
        id: 'not_found',
        message: "Couldn't find that app.",
        url: 'https://devcenter.heroku.com/articles/errors',
      },
    }));
    const error = await failureOf(clientOf(api).apps.get('shop'));
    expect(error.message).toBe(
      `GET ${api.url}/apps/shop: NOT_FOUND: Couldn't find that app. Check the name, and that the key's account has access. See https://devcenter.heroku.com/articles/errors. (request req-1)`,
    );
    expect(error.url).toBe('https://devcenter.heroku.com/articles/errors');
  });

  it('stays readable when it is HTML, empty, or endless (fault 31, heroku-client)', async () => {
    await using html = await fakeApi(() => ({
      status: 403,
      text: '<html><style>b{}</style><h1>Blocked\u001b[31m</h1> by policy</html>',
    }));
    expect((await failureOf(clientOf(html).account.get())).message).toContain(
      'FORBIDDEN: returned 403 with text/html: "Blocked [31m by policy".',
    );
    await using empty = await fakeApi(() => ({ status: 400, text: '' }));
    expect((await failureOf(clientOf(empty).account.get())).message).toContain('returned 400 with an empty body.');
    await using endless = await fakeApi(() => (response) => {
      response.writeHead(404, { 'content-type': 'text/plain' });
      const more = (): void => {
        if (!response.destroyed) response.write('no '.repeat(10_000), more);
      };
      more();
    });
    expect((await failureOf(clientOf(endless).account.get())).code).toBe('NOT_FOUND');
  });
});

describe('a response that only looks like success', () => {
  it('an HTML page of a proxy is a PROTOCOL error', async () => {
    await using api = await fakeApi(() => ({ status: 200, text: '<title>Sign in</title>' }));
    const error = await failureOf(clientOf(api).account.get());
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain('returned 200 with text/html: "Sign in" instead of JSON.');
  });

  it('broken JSON is a PROTOCOL error that quotes none of it', async () => {
    await using api = await fakeApi(() => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"SESSION_SECRET":"correct horse"');
    });
    const error = await failureOf(clientOf(api).configVars.get('shop'));
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain('with unreadable application/json');
    expect(JSON.stringify(error) + error.stack + String(error.cause)).not.toContain('correct');
  });

  it('names the path of a field of another type', async () => {
    await using api = await fakeApi(() => ({ json: { ...appJson, stack: { name: 7 } } }));
    const error = await failureOf(clientOf(api).apps.get('shop'));
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain('stack.name should be a string, not a number.');
  });

  it("doesn't follow redirects, which would take the key along", async () => {
    await using elsewhere = await fakeApi(() => ({ json: accountJson }));
    await using api = await fakeApi(() => ({ status: 302, headers: { location: elsewhere.url }, text: '' }));
    const error = await failureOf(clientOf(api).account.get());
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain('returned 302, a redirect, which is never followed');
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('no response', () => {
  it('silence becomes TIMEOUT', async () => {
    await using api = await fakeApi(() => 'silence');
    const error = await failureOf(clientOf(api, { timeout: 500 }).apps.create({ stack: 'container' }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain('no complete response within 0.5 s.');
    expect(api.seen).toHaveLength(1);
  });

  it('a refused connection becomes UNREACHABLE at once', async () => {
    const api = await fakeApi(() => 'silence');
    await api[Symbol.asyncDispose]();
    const error = await failureOf(createHerokuClient({ apiKey: sentinel, baseUrl: api.url }).account.get());
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('an abort becomes ABORTED with its reason', async () => {
    const controller = new AbortController();
    await using api = await fakeApi(() => {
      controller.abort('enough');
      return 'silence';
    });
    const error = await failureOf(clientOf(api).account.get({ signal: controller.signal }));
    expect(error.code).toBe('ABORTED');
    expect(error.cause).toBe('enough');
  });
});
