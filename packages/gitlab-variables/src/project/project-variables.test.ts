import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../transport/clock.ts';
import type { GitlabVariablesErrorCode } from '../variable/errors.ts';
import { createProjectVariables } from './project-variables.ts';
import { failureOf } from '../testing/failure.ts';
import { fakeGitlab, projectOf, sentinel, stored } from '../testing/fake-gitlab.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { variable } from '../variable/variable.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('rejects invalid options before it sends anything', () => {
  const token = sentinel;
  const cases: [string, Parameters<typeof createProjectVariables>[0], GitlabVariablesErrorCode][] = [
    ['no token', { projectId: 7 }, 'OPTIONS_INVALID'],
    ['an empty token', { projectId: 7, token: '' }, 'OPTIONS_INVALID'],
    ['an empty token next to a job token', { projectId: 7, token: '', jobToken: 'job' }, 'OPTIONS_INVALID'],
    ['a token with a line break', { projectId: 7, token: `${sentinel}\n` }, 'OPTIONS_INVALID'],
    ['only a job token', { projectId: 7, jobToken: 'job' }, 'JOB_TOKEN'],
    ['a job token as the token', { projectId: 7, token, jobToken: token }, 'JOB_TOKEN'],
    ["a host that isn't a URL", { projectId: 7, token, host: 'gitlab.com' }, 'OPTIONS_INVALID'],
    ['a host with a password', { projectId: 7, token, host: 'https://a:b@gitlab.com' }, 'OPTIONS_INVALID'],
    ['plain http to another machine', { projectId: 7, token, host: 'http://gitlab.com' }, 'HOST_REFUSED'],
    ['an invalid project', { projectId: 'shop', token }, 'OPTIONS_INVALID'],
    ['project 0', { projectId: 0, token }, 'OPTIONS_INVALID'],
  ];

  it.each(cases)('%s', async (_name, options, code) => {
    const error = await failureOf(() => createProjectVariables(options));
    expect(error).toMatchObject({ code, name: 'GitlabVariablesError' });
    expect(error.message).not.toContain(sentinel);
  });

  it('explains which token to use instead of a job token', async () => {
    const error = await failureOf(() => createProjectVariables({ projectId: 7, jobToken: 'job' }));
    expect(error.message).toBe(
      "CI_JOB_TOKEN can't access CI/CD variables: none of its permissions covers them. Create a project access token with the role Maintainer and the scope api, and store it in a masked and protected variable GITLAB_TOKEN.",
    );
  });
});

describe('errors of GitLab', () => {
  const cases: [number, string, GitlabVariablesErrorCode, string][] = [
    [400, '{"message":{"value":["is invalid"]}}', 'VARIABLE_INVALID', 'value is invalid.'],
    [400, '{"message":{"key":["(A) has already been taken"]}}', 'CONFLICT', 'key (A) has already been taken.'],
    [
      401,
      '{"message":"401 Unauthorized"}',
      'UNAUTHORIZED',
      '401 Unauthorized. The token is wrong, expired or revoked.',
    ],
    [403, '{"message":"403 Forbidden"}', 'FORBIDDEN', "403 Forbidden. The token's user needs the role Maintainer"],
    [
      403,
      '{"error":"insufficient_scope","error_description":"More privileges."}',
      'FORBIDDEN',
      'insufficient_scope: More privileges. Use a token with the scope api',
    ],
    [
      403,
      '{"error":"insufficient_granular_scope","error_description":"Access denied: the following project permissions: [Variable: Create]."}',
      'FORBIDDEN',
      'insufficient_granular_scope: Access denied: the following project permissions: [Variable: Create]. Add the permission "Variable: Create" for this project to the fine-grained token.',
    ],
    [
      400,
      '{"message":{"base":["Maximum number of project ci variables (8000) exceeded"]}}',
      'LIMIT_REACHED',
      'base Maximum number of project ci variables (8000) exceeded. Remove variables',
    ],
    [404, '{"message":"404 Project Not Found"}', 'NOT_FOUND', '404 Project Not Found. Check the project'],
    [409, '{"message":"There are multiple variables"}', 'CONFLICT', 'There are multiple variables.'],
    [413, '<h1>413</h1> Too large', 'PROTOCOL', 'returned 413 with text/html: "413 Too large".'],
    [418, '{}', 'PROTOCOL', 'returned 418 without a message.'],
  ];

  it.each(cases)('%i %s is %s', async (status, text, code, message) => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => ({ status, text, headers: { 'content-type': 'text/html', 'x-request-id': 'req-1' } });
    const error = await failureOf(projectOf(gitlab).create(variable({ key: 'A', value: 'some value' })));
    expect(error).toMatchObject({ code, status, requestId: 'req-1' });
    expect(error.message).toContain(`POST ${gitlab.url}/api/v4/projects/7/variables: ${code}: ${message}`);
  });

  it('contain neither the token nor a value, regardless of what the server echoes (fault 89, gitlab-variables)', async () => {
    const value = 'correct "horse" battery';
    const forms = (secret: string): string[] => [
      secret,
      JSON.stringify(secret),
      Buffer.from(secret).toString('base64'),
      encodeURIComponent(secret),
    ];
    for (const form of [...forms(sentinel), ...forms(value)]) {
      await using gitlab = await fakeGitlab();
      for (const text of [`<p>${'x'.repeat(140)} ${form}</p>`, JSON.stringify({ message: { value: [form] } })]) {
        gitlab.intervene = () => ({ status: 400, text });
        const error = await failureOf(projectOf(gitlab).create(variable({ key: 'A', value })));
        const printed = `${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)} ${error.stack}`;
        expect(printed).not.toContain(form.slice(0, 12));
      }
    }
  });

  it("an inspection of the object doesn't show the token", async () => {
    await using gitlab = await fakeGitlab();
    expect(inspect(projectOf(gitlab), { depth: 10, showHidden: true })).not.toContain(sentinel);
  });
});

describe('rejects what only looks like success', () => {
  it.each([
    [
      'an HTML page',
      { status: 200, text: '<title>Sign in</title>', headers: { 'content-type': 'text/html' } },
      'returned 200 with text/html: "Sign in" instead of JSON',
    ],
    [
      'broken JSON',
      { status: 200, text: '[{"value":"horse', headers: { 'content-type': 'application/json' } },
      'with unreadable application/json',
    ],
    ['an object instead of a list', { status: 200, text: '{}' }, 'the response must be an array'],
    ['a variable without a key', { status: 200, text: '[{"value":"horse","protected":true}]' }, 'key must be a string'],
    [
      'a variable with a number for a value',
      { status: 200, text: '[{"key":"A","value":5,"protected":true}]' },
      'value must be a string',
    ],
    [
      'a redirect',
      { status: 302, text: '', headers: { location: 'https://login.example.com/in?from=horse' } },
      'returned 302, a redirect to https://login.example.com, which is never followed',
    ],
  ])('%s', async (_name, response, message) => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => response;
    const error = await failureOf(projectOf(gitlab).list());
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain(message);
    expect(inspect(error)).not.toContain('horse');
    expect(gitlab.seen).toHaveLength(1);
  });

  it("a second page that isn't a list", async () => {
    await using gitlab = await fakeGitlab(...Array.from({ length: 150 }, (_, index) => ({ key: `K${index}` })));
    gitlab.intervene = ({ query }) => (query.get('page') === '2' ? { status: 200, text: '{}' } : undefined);
    expect((await failureOf(projectOf(gitlab).list())).code).toBe('PROTOCOL');
  });

  it('a list that never ends', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => ({
      status: 200,
      headers: { link: `<${gitlab.url}/api/v4/projects/7/variables?page=${count + 2}&per_page=100>; rel="next"` },
      text: JSON.stringify(
        Array.from({ length: 100 }, (_, index) => ({ key: `K${count}_${index}`, value: '', protected: false })),
      ),
    });
    const error = await failureOf(projectOf(gitlab).list());
    expect(error.message).toContain("the list doesn't end after 10000 variables");
  });
});

describe('retries', () => {
  const limited = {
    status: 429,
    headers: { 'content-type': 'text/plain', 'retry-after': '60' },
    text: 'Retry later\n',
  };

  it('throws after five attempts when the rate limit persists', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => limited;
    const error = await failureOf(projectOf(gitlab).list());
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect(error.message).toContain('Retry in 60 s.');
    expect(gitlab.seen).toHaveLength(5);
  });

  it('waits after 429 as Retry-After says, also for a POST, and reports the wait', async () => {
    const clock = virtualClock();
    const waits: string[] = [];
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => (count === 0 ? limited : undefined);
    const project = projectOf(gitlab, { clock, onWait: (text) => waits.push(text) });
    await project.create(variable({ key: 'A', value: 'some value' }));
    expect(clock.slept).toEqual([60_000]);
    expect(waits).toEqual([`POST ${gitlab.url}/api/v4/projects/7/variables: retrying in 60 s.`]);
    expect(gitlab.rows).toHaveLength(1);
  });

  it('an abort ends a wait and a request', async () => {
    await using gitlab = await fakeGitlab();
    const waiting = new AbortController();
    gitlab.intervene = () => limited;
    const project = projectOf(gitlab, { clock: systemClock, onWait: () => waiting.abort() });
    expect((await failureOf(project.list({ signal: waiting.signal }))).code).toBe('ABORTED');
    const requesting = new AbortController();
    gitlab.intervene = () => {
      requesting.abort();
      return 'silence';
    };
    expect((await failureOf(project.list({ signal: requesting.signal }))).code).toBe('ABORTED');
  });

  it.each(['reset', 'silence', { status: 502, text: 'bad gateway' }] as const)(
    'retries after %s, except a POST',
    async (failure) => {
      await using gitlab = await fakeGitlab({ key: 'A' });
      gitlab.intervene = (_request, count) => (count % 2 === 0 ? failure : undefined);
      const project = projectOf(gitlab, failure === 'silence' ? { timeout: 1000 } : {});
      expect(await project.list()).toHaveLength(1);
      await project.update(variable({ key: 'A', value: 'another' }));
      await project.remove({ key: 'A', environmentScope: '*' });
      expect(gitlab.seen).toHaveLength(6);
      expect(gitlab.rows).toEqual([]);
    },
  );

  it('finds what a POST created when the response is lost', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = ({ method }) => (method === 'POST' ? 'reset after' : undefined);
    await projectOf(gitlab).create(variable({ key: 'A', value: 'some value', environmentScope: 'production' }));
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(gitlab.rows).toHaveLength(1);
  });

  it('repeats a POST that never arrived', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => (count === 0 ? 'reset' : undefined);
    await projectOf(gitlab).create(variable({ key: 'A', value: 'some value' }));
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
    expect(gitlab.rows).toHaveLength(1);
  });

  it('reports an unknown outcome when it can neither POST nor read', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => 'reset';
    const error = await failureOf(projectOf(gitlab).create(variable({ key: 'A', value: 'some value' })));
    expect(error.message).toContain(`POST ${gitlab.url}/api/v4/projects/7/variables: UNREACHABLE:`);
    expect(error.message).toContain("Can't tell whether A was created: check before you retry.");
    expect(gitlab.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('fails at once when nothing listens', async () => {
    const gitlab = await fakeGitlab();
    await gitlab[Symbol.asyncDispose]();
    const error = await failureOf(projectOf(gitlab).list());
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('the variables of a project', () => {
  it('lists all pages, with the token only in a header (fault 87, gitlab) (fault 90, gitlab-variables)', async () => {
    await using gitlab = await fakeGitlab(...Array.from({ length: 1_000 }, (_, index) => ({ key: `K${index}` })));
    const found = await projectOf(gitlab).list();
    expect(found.map(({ key }) => key)).toEqual(gitlab.rows.map(({ key }) => key));
    expect(gitlab.seen).toHaveLength(10);
    for (const { headers, query, path } of gitlab.seen) {
      expect(headers['private-token']).toBe(sentinel);
      expect(query.get('per_page')).toBe('100');
      expect(`${path}?${query}`).not.toContain(sentinel);
    }
  });

  it('reads all settings, and accepts an older GitLab that omits some', async () => {
    await using gitlab = await fakeGitlab({
      key: 'A',
      value: 'x',
      variable_type: 'file',
      protected: true,
      masked: true,
      hidden: true,
      raw: true,
      environment_scope: 'review/*',
      description: 'for previews',
    });
    expect(await projectOf(gitlab).list()).toEqual([
      {
        key: 'A',
        value: null,
        environmentScope: 'review/*',
        type: 'file',
        protected: true,
        masked: true,
        hidden: true,
        raw: true,
        description: 'for previews',
      },
    ]);
    gitlab.intervene = () => ({ status: 200, text: '[{"key":"A","value":"x","protected":false}]' });
    expect(await projectOf(gitlab).list()).toEqual([stored({ key: 'A', value: 'x' })]);
  });

  it('finds GitLab below a path, and a project by its path', async () => {
    await using gitlab = await fakeGitlab();
    await projectOf(gitlab, { host: `${gitlab.url}/`, projectId: 'group/shop' }).list();
    expect(gitlab.seen[0]?.path).toBe('/api/v4/projects/group%2Fshop/variables');
    gitlab.intervene = () => ({ status: 200, text: '[]' });
    for (const host of ['/gitlab/', '/gitlab/api/v4', '/gitlab/api/v4/']) {
      await projectOf(gitlab, { host: `${gitlab.url}${host}` }).list();
      expect(gitlab.seen.at(-1)?.path).toBe('/gitlab/api/v4/projects/7/variables');
    }
  });

  it('creates a variable with all its settings', async () => {
    await using gitlab = await fakeGitlab();
    const project = projectOf(gitlab);
    await project.create(
      variable({
        key: 'A',
        value: 'x $Y',
        type: 'file',
        protected: true,
        raw: true,
        environmentScope: 'review/*',
        description: 'note',
      }),
    );
    await project.create(variable({ key: 'B', value: 'eight888', hidden: true }));
    expect(gitlab.seen.map(({ body }) => body)).toEqual([
      {
        key: 'A',
        value: 'x $Y',
        variable_type: 'file',
        protected: true,
        raw: true,
        environment_scope: 'review/*',
        description: 'note',
      },
      {
        key: 'B',
        value: 'eight888',
        masked: true,
        environment_scope: '*',
        masked_and_hidden: true,
      },
    ]);
  });

  it('rejects variables that break a rule and never sends them unmasked (fault 85, gitlab)', async () => {
    await using gitlab = await fakeGitlab({ key: 'A' });
    const project = projectOf(gitlab);
    const short = variable({ key: 'A', value: 'seven77', masked: true });
    expect((await failureOf(project.create(short))).code).toBe('VARIABLE_INVALID');
    expect((await failureOf(project.update(short))).code).toBe('VARIABLE_INVALID');
    expect(gitlab.seen).toEqual([]);
  });

  it('distinguishes variables of the same key by their scope (fault 86, gitlab)', async () => {
    await using gitlab = await fakeGitlab(
      { key: 'A', value: 'one' },
      { key: 'A', value: 'two', environment_scope: 'production' },
      { key: 'A', value: 'three', environment_scope: 'review/*' },
    );
    const project = projectOf(gitlab);
    await project.update(variable({ key: 'A', value: 'new', environmentScope: 'review/*' }));
    await project.remove({ key: 'A', environmentScope: '*' });
    expect(gitlab.rows.map(({ value, environment_scope: scope }) => [scope, value])).toEqual([
      ['production', 'two'],
      ['review/*', 'new'],
    ]);
    expect(gitlab.seen.map(({ query }) => query.get('filter[environment_scope]'))).toEqual(['review/*', '*']);
    expect(gitlab.seen.map(({ body }) => 'filter' in body)).toEqual([false, false]);
    expect((await project.get({ key: 'A', environmentScope: 'production' }))?.value?.reveal()).toBe('two');
    expect(await project.get({ key: 'A', environmentScope: 'staging' })).toBeUndefined();
  });

  it('keeps variables that someone else changed or removed in the meantime (fault 88, gitlab)', async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: 'old' }, { key: 'B', value: 'old' });
    const project = projectOf(gitlab);
    const [a, b] = await project.list();
    gitlab.rows[0]!.value = 'theirs';
    gitlab.rows[0]!['protected'] = true;
    gitlab.rows.splice(1, 1);
    const changed = await failureOf(project.update(variable({ key: 'A', value: 'ours' }), { expected: a }));
    expect(changed.code).toBe('CONFLICT');
    expect(changed.message).toContain(
      'someone else changed A in the meantime (value, protected); nothing was written.',
    );
    const gone = await failureOf(project.remove({ key: 'B', environmentScope: '*' }, { expected: b }));
    expect(gone.message).toContain('someone else removed B in the meantime; nothing was written.');
    expect(gitlab.rows).toMatchObject([{ key: 'A', value: 'theirs' }]);
    expect(gitlab.seen.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('proxies from the environment', () => {
  async function startProxy(response: string) {
    const seen: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        seen.push(data.toString());
        socket.end(response);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return { seen, port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  it('requests a tunnel from HTTPS_PROXY, with its credentials and without the token (fault 92, gitlab-variables)', async () => {
    const { seen, port, close } = await startProxy('HTTP/1.1 403 Forbidden\r\n\r\n');
    vi.stubEnv('HTTPS_PROXY', `http://user:p%40ss@127.0.0.1:${port}`);
    const error = await failureOf(
      createProjectVariables({ host: 'https://gitlab.example.com', token: sentinel, projectId: 7 }).list(),
    );
    close();
    expect(error.message).toContain(
      `UNREACHABLE: the proxy 127.0.0.1:${port} returned 403 to CONNECT gitlab.example.com:443.`,
    );
    expect(seen[0]).toMatch(/^CONNECT gitlab\.example\.com:443 HTTP\/1\.1\r\n/);
    expect(seen[0]).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(seen.join('')).not.toContain(sentinel);
    expect(inspect(error)).not.toContain('p@ss');
  });

  it('rejects an invalid TLS handshake inside the tunnel (fault 92, gitlab-variables)', async () => {
    const { port, close } = await startProxy('HTTP/1.1 200 OK\r\n\r\nnot TLS');
    vi.stubEnv('HTTPS_PROXY', `127.0.0.1:${port}`);
    const error = await failureOf(
      createProjectVariables({
        host: 'https://gitlab.example.com',
        token: sentinel,
        projectId: 7,
        clock: virtualClock(),
      }).list(),
    );
    close();
    expect(error.code).toBe('UNREACHABLE');
  });

  it('connects directly to this machine (fault 92, gitlab-variables)', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    await using gitlab = await fakeGitlab({ key: 'A' });
    expect(await projectOf(gitlab).list()).toHaveLength(1);
  });
});
