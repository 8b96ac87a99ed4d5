import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';
import type { GitlabVariablesErrorCode } from './errors.ts';
import { createProjectVariables } from './project-variables.ts';
import { failureOf } from './testing/failure.ts';
import { fakeGitlab, projectOf, sentinel, stored } from './testing/fake-gitlab.ts';
import { virtualClock } from './testing/virtual-clock.ts';
import { variable } from './variable.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('options that cannot work fail before anything is sent', () => {
  const token = sentinel;
  const cases: [string, Parameters<typeof createProjectVariables>[0], GitlabVariablesErrorCode][] = [
    ['no token', { projectId: 7 }, 'OPTIONS_INVALID'],
    ['an empty token', { projectId: 7, token: '' }, 'OPTIONS_INVALID'],
    ['an empty token beside a job token', { projectId: 7, token: '', jobToken: 'job' }, 'OPTIONS_INVALID'],
    ['a token with a line break', { projectId: 7, token: `${sentinel}\n` }, 'OPTIONS_INVALID'],
    ['only a job token', { projectId: 7, jobToken: 'job' }, 'JOB_TOKEN'],
    ['a host that is no URL', { projectId: 7, token, host: 'gitlab.com' }, 'OPTIONS_INVALID'],
    ['a host with a password', { projectId: 7, token, host: 'https://a:b@gitlab.com' }, 'OPTIONS_INVALID'],
    ['plain http to another machine', { projectId: 7, token, host: 'http://gitlab.com' }, 'HOST_REFUSED'],
    ['a project of no kind', { projectId: 'shop', token }, 'OPTIONS_INVALID'],
    ['project 0', { projectId: 0, token }, 'OPTIONS_INVALID'],
  ];

  it.each(cases)('%s', async (_name, options, code) => {
    const error = await failureOf(() => createProjectVariables(options));
    expect(error).toMatchObject({ code, name: 'GitlabVariablesError' });
    expect(error.message).not.toContain(sentinel);
  });

  it('and a job token alone is told that it cannot reach variables, and what can', async () => {
    const error = await failureOf(() => createProjectVariables({ projectId: 7, jobToken: 'job' }));
    expect(error.message).toBe(
      'CI_JOB_TOKEN cannot read or change CI/CD variables. Make a project access token with the role Maintainer and the scope api, and give it as GITLAB_TOKEN in a masked and protected variable.',
    );
  });
});

describe('what GitLab refuses', () => {
  const cases: [number, string, GitlabVariablesErrorCode, string][] = [
    [400, '{"message":{"value":["is invalid"]}}', 'VARIABLE_INVALID', 'value is invalid.'],
    [400, '{"message":{"key":["(A) has already been taken"]}}', 'CONFLICT', 'key (A) has already been taken.'],
    [401, '{"message":"401 Unauthorized"}', 'UNAUTHORIZED', '401 Unauthorized. Use a valid token'],
    [403, '{"message":"403 Forbidden"}', 'FORBIDDEN', '403 Forbidden. CI/CD variables need the role Maintainer'],
    [
      403,
      '{"error":"insufficient_scope","error_description":"More privileges."}',
      'FORBIDDEN',
      'insufficient_scope: More privileges.',
    ],
    [404, '{"message":"404 Project Not Found"}', 'NOT_FOUND', '404 Project Not Found. Check the project'],
    [409, '{"message":"There are multiple variables"}', 'CONFLICT', 'There are multiple variables.'],
    [413, '<h1>413</h1> Too large', 'PROTOCOL', 'answered 413 with text/html: "413 Too large".'],
    [418, '{}', 'PROTOCOL', 'answered 418 without saying why.'],
  ];

  it.each(cases)('%i %s is %s', async (status, text, code, said) => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => ({ status, text, headers: { 'content-type': 'text/html', 'x-request-id': 'req-1' } });
    const error = await failureOf(projectOf(gitlab).create(variable({ key: 'A', value: 'some value' })));
    expect(error).toMatchObject({ code, status, requestId: 'req-1' });
    expect(error.message).toContain(`POST ${gitlab.url}/api/v4/projects/7/variables: ${code}: ${said}`);
  });

  it('never shows the token or a value, whatever the server echoes (fault 89)', async () => {
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

  it('nor does the object itself show the token', async () => {
    await using gitlab = await fakeGitlab();
    expect(inspect(projectOf(gitlab), { depth: 10, showHidden: true })).not.toContain(sentinel);
  });
});

describe('what only looks like success', () => {
  it.each([
    [
      'an HTML page',
      { status: 200, text: '<title>Sign in</title>', headers: { 'content-type': 'text/html' } },
      'with text/html: "Sign in", where JSON was expected',
    ],
    [
      'broken JSON',
      { status: 200, text: '[{"value":"horse', headers: { 'content-type': 'application/json' } },
      'with unreadable application/json',
    ],
    ['an object instead of a list', { status: 200, text: '{}' }, 'the answer should be an array'],
    [
      'a variable without a key',
      { status: 200, text: '[{"value":"horse","protected":true}]' },
      'key should be a string',
    ],
    [
      'a variable with a number for a value',
      { status: 200, text: '[{"key":"A","value":5,"protected":true}]' },
      'value should be a string',
    ],
    [
      'a redirect',
      { status: 302, text: '', headers: { location: 'https://elsewhere.example.com' } },
      'answered 302, a redirect, which is never followed',
    ],
  ])('%s is a protocol error', async (_name, answer, said) => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => answer;
    const error = await failureOf(projectOf(gitlab).list());
    expect(error.code).toBe('PROTOCOL');
    expect(error.message).toContain(said);
    expect(inspect(error)).not.toContain('horse');
    expect(gitlab.seen).toHaveLength(1);
  });

  it('a second page of another shape is one too', async () => {
    await using gitlab = await fakeGitlab(...Array.from({ length: 150 }, (_, index) => ({ key: `K${index}` })));
    gitlab.intervene = ({ query }) => (query.get('page') === '2' ? { status: 200, text: '{}' } : undefined);
    expect((await failureOf(projectOf(gitlab).list())).code).toBe('PROTOCOL');
  });

  it('a list that never ends is one too', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => ({
      status: 200,
      headers: { link: `<${gitlab.url}/api/v4/projects/7/variables?page=${count + 2}&per_page=100>; rel="next"` },
      text: JSON.stringify(
        Array.from({ length: 100 }, (_, index) => ({ key: `K${count}_${index}`, value: '', protected: false })),
      ),
    });
    const error = await failureOf(projectOf(gitlab).list());
    expect(error.message).toContain('the list does not end after 10000 variables');
  });

  it('a variable that was stored without its protection is told', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => ({
      status: 201,
      text: '{"key":"A","value":"eight888","protected":false,"masked":false,"environment_scope":"*"}',
    });
    const error = await failureOf(
      projectOf(gitlab).create(variable({ key: 'A', value: 'eight888', hidden: true, protected: true })),
    );
    expect(error.message).toContain('A was stored without being masked and hidden and protected.');
  });
});

describe('waiting and trying again', () => {
  const limited = {
    status: 429,
    headers: { 'content-type': 'text/plain', 'retry-after': '60' },
    text: 'Retry later\n',
  };

  it('a limit that does not end is handed on after five tries', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => limited;
    const error = await failureOf(projectOf(gitlab).list());
    expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect(error.message).toContain('Try again in 60 s.');
    expect(gitlab.seen).toHaveLength(5);
  });

  it('429 waits as long as Retry-After says, for a POST too, and says so', async () => {
    const clock = virtualClock();
    const told: string[] = [];
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => (count === 0 ? limited : undefined);
    const project = projectOf(gitlab, { clock, onWait: (text) => told.push(text) });
    await project.create(variable({ key: 'A', value: 'some value' }));
    expect(clock.slept).toEqual([60_000]);
    expect(told).toEqual([`POST ${gitlab.url}/api/v4/projects/7/variables: waits 60 s, then tries again.`]);
    expect(gitlab.rows).toHaveLength(1);
  });

  it('a wait and a request end when they are aborted', async () => {
    await using gitlab = await fakeGitlab();
    const waiting = new AbortController();
    gitlab.intervene = () => limited;
    const project = projectOf(gitlab, { clock: systemClock, onWait: () => waiting.abort() });
    expect((await failureOf(project.list({ signal: waiting.signal }))).code).toBe('ABORTED');
    gitlab.intervene = () => 'silence';
    expect((await failureOf(project.list({ signal: AbortSignal.timeout(30) }))).code).toBe('ABORTED');
  });

  it.each(['reset', 'silence', { status: 502, text: 'bad gateway' }] as const)(
    '%s is tried again, but for a POST',
    async (trouble) => {
      await using gitlab = await fakeGitlab({ key: 'A' });
      gitlab.intervene = (_request, count) => (count % 2 === 0 ? trouble : undefined);
      const project = projectOf(gitlab, trouble === 'silence' ? { timeout: 1000 } : {});
      expect(await project.list()).toHaveLength(1);
      await project.update(variable({ key: 'A', value: 'another' }));
      await project.remove({ key: 'A', environmentScope: '*' });
      expect(gitlab.seen).toHaveLength(6);
      expect(gitlab.rows).toEqual([]);
    },
  );

  it('a POST whose answer was lost is looked for, and not sent twice', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = ({ method }) => (method === 'POST' ? 'reset after' : undefined);
    await projectOf(gitlab).create(variable({ key: 'A', value: 'some value', environmentScope: 'production' }));
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(gitlab.rows).toHaveLength(1);
  });

  it('a POST that never arrived is sent once more', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => (count === 0 ? 'reset' : undefined);
    await projectOf(gitlab).create(variable({ key: 'A', value: 'some value' }));
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
    expect(gitlab.rows).toHaveLength(1);
  });

  it('a POST whose answer was lost and that cannot be looked for is told as unknown', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = () => 'reset';
    const error = await failureOf(projectOf(gitlab).create(variable({ key: 'A', value: 'some value' })));
    expect(error.message).toContain(`POST ${gitlab.url}/api/v4/projects/7/variables: UNREACHABLE:`);
    expect(error.message).toContain('Whether A was created is not known: look before you try again.');
    expect(gitlab.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('nobody listening is told at once', async () => {
    const gitlab = await fakeGitlab();
    await gitlab[Symbol.asyncDispose]();
    const error = await failureOf(projectOf(gitlab).list());
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain('ECONNREFUSED');
  });
});

describe('the variables of a project', () => {
  it('are listed, all pages of them, with the token in a header only (faults 87, 90)', async () => {
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

  it('are read with all their settings; an older GitLab leaves some out', async () => {
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

  it('are found below a path, and by a project that is named', async () => {
    await using gitlab = await fakeGitlab();
    await projectOf(gitlab, { host: `${gitlab.url}/`, projectId: 'group/shop' }).list();
    expect(gitlab.seen[0]?.path).toBe('/api/v4/projects/group%2Fshop/variables');
    gitlab.intervene = () => ({ status: 200, text: '[]' });
    await projectOf(gitlab, { host: `${gitlab.url}/gitlab/` }).list();
    expect(gitlab.seen[1]?.path).toBe('/gitlab/api/v4/projects/7/variables');
  });

  it('are created with everything that was declared', async () => {
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
        masked: false,
        raw: true,
        environment_scope: 'review/*',
        description: 'note',
      },
      {
        key: 'B',
        value: 'eight888',
        variable_type: 'env_var',
        protected: false,
        masked: true,
        raw: false,
        environment_scope: '*',
        description: '',
        masked_and_hidden: true,
      },
    ]);
  });

  it('that break a rule are refused here and never sent unmasked instead (fault 85)', async () => {
    await using gitlab = await fakeGitlab({ key: 'A' });
    const project = projectOf(gitlab);
    const short = variable({ key: 'A', value: 'seven77', masked: true });
    expect((await failureOf(project.create(short))).code).toBe('VARIABLE_INVALID');
    expect((await failureOf(project.update(short))).code).toBe('VARIABLE_INVALID');
    expect(gitlab.seen).toEqual([]);
  });

  it('of the same key are told apart by their scope (fault 86)', async () => {
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

  it('that someone else changed or removed meanwhile are left alone (fault 88)', async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: 'old' }, { key: 'B', value: 'old' });
    const project = projectOf(gitlab);
    const [a, b] = await project.list();
    gitlab.rows[0]!.value = 'theirs';
    gitlab.rows[0]!['protected'] = true;
    gitlab.rows.splice(1, 1);
    const changed = await failureOf(project.update(variable({ key: 'A', value: 'ours' }), { expected: a }));
    expect(changed.code).toBe('CONFLICT');
    expect(changed.message).toContain(
      'A was changed by someone else meanwhile (value, protected); nothing was written.',
    );
    const gone = await failureOf(project.remove({ key: 'B', environmentScope: '*' }, { expected: b }));
    expect(gone.message).toContain('B was removed by someone else meanwhile; nothing was written.');
    expect(gitlab.rows).toMatchObject([{ key: 'A', value: 'theirs' }]);
    expect(gitlab.seen.every(({ method }) => method === 'GET')).toBe(true);
  });
});

describe('proxies from the environment (fault 92)', () => {
  async function proxy(answer: string) {
    const asked: string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        asked.push(data.toString());
        socket.end(answer);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return { asked, port: (server.address() as AddressInfo).port, close: () => server.close() };
  }

  it('HTTPS_PROXY is asked for a tunnel, with its own credentials, and does not see the token', async () => {
    const { asked, port, close } = await proxy('HTTP/1.1 403 Forbidden\r\n\r\n');
    vi.stubEnv('HTTPS_PROXY', `http://user:p%40ss@127.0.0.1:${port}`);
    const error = await failureOf(
      createProjectVariables({ host: 'https://gitlab.example.com', token: sentinel, projectId: 7 }).list(),
    );
    close();
    expect(error.message).toContain(
      `UNREACHABLE: the proxy 127.0.0.1:${port} responded 403 to CONNECT gitlab.example.com:443.`,
    );
    expect(asked[0]).toMatch(/^CONNECT gitlab\.example\.com:443 HTTP\/1\.1\r\n/);
    expect(asked[0]).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(asked.join('')).not.toContain(sentinel);
    expect(inspect(error)).not.toContain('p@ss');
  });

  it('through a tunnel, a certificate that is not trusted is refused', async () => {
    const { port, close } = await proxy('HTTP/1.1 200 OK\r\n\r\nthis is no TLS');
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

  it('this machine is reached directly', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    await using gitlab = await fakeGitlab({ key: 'A' });
    expect(await projectOf(gitlab).list()).toHaveLength(1);
  });
});
