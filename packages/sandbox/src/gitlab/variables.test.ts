import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';
import { isMaskable } from './variable-rules.ts';

const path = '/projects/1/variables';

test('rejects a missing or wrong token', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  for (const headers of [{ 'private-token': '' }, { 'private-token': 'glpat-wrong' }, { authorization: 'Bearer no' }]) {
    const answer = await api.request('GET', path, { headers: { 'private-token': '', ...headers } });
    expect(answer).toMatchObject({ status: 401, body: { message: '401 Unauthorized' } });
  }
});

test('rejects a job token', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox, { 'job-token': sandbox.gitlabJobToken });
  expect((await api.request('GET', path)).status).toBe(401);
  expect((await api.request('POST', path, { body: { key: 'A', value: '1' } })).status).toBe(401);
});

test('responds 404 to an unknown project or path', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  expect(await api.request('GET', '/projects/99/variables')).toMatchObject({
    status: 404,
    body: { message: '404 Project Not Found' },
  });
  expect(await api.request('GET', '/nothing')).toMatchObject({ status: 404, body: { error: '404 Not Found' } });
  expect((await api.request('PATCH', path)).status).toBe(405);
});

test.each([
  [{ value: '1' }, { error: 'key is missing' }],
  [{ key: 'A' }, { error: 'value is missing' }],
  [{ key: 'A-B', value: '1' }, { message: { key: ["can contain only letters, digits and '_'."] } }],
  [{ key: 'A'.repeat(256), value: '1' }, { message: { key: ['is too long (maximum is 255 characters)'] } }],
  [{ key: 'A', value: 'seven77', masked: true }, { message: { value: ['is invalid'] } }],
  [{ key: 'A', value: 'with a space', masked: true }, { message: { value: ['is invalid'] } }],
  [{ key: 'A', value: 'dollar$$', masked: true }, { message: { value: ['is invalid'] } }],
  [{ key: 'A', value: 'tozo', masked_and_hidden: true }, { message: { value: ['is invalid'] } }],
  [{ key: 'A', value: '1', variable_type: 'secret' }, { error: 'variable_type does not have a valid value' }],
  [{ key: 'A', value: '1', masked: 'perhaps' }, { error: 'masked is invalid' }],
])("rejects the variable %j and doesn't store it (fault 85, sandbox)", async (variable, body) => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  expect(await api.request('POST', path, { body: variable })).toMatchObject({ status: 400, body });
  expect((await api.request('GET', path)).body).toEqual([]);
});

test("rejects a body that isn't JSON", async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  for (const body of ['{', '[]', '1']) {
    expect((await api.request('POST', path, { body })).status).toBe(400);
  }
  const headers = { 'content-type': 'text/plain' };
  expect((await api.request('POST', path, { body: 'key=A', headers })).status).toBe(400);
});

test('creates a variable with GitLab’s defaults, reads, changes and deletes it', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const made = await api.request('POST', path, { body: { key: 'A', value: '1' } });
  const variable = {
    key: 'A',
    value: '1',
    variable_type: 'env_var',
    protected: false,
    masked: false,
    hidden: false,
    raw: false,
    environment_scope: '*',
    description: null,
  };
  expect(made).toMatchObject({ status: 201, body: variable });
  expect((await api.request('GET', `${path}/A`)).body).toEqual(variable);
  const changed = await api.request('PUT', `${path}/A`, { body: { value: 'dollar$raw', masked: true, raw: true } });
  expect(changed).toMatchObject({ status: 200, body: { value: 'dollar$raw', masked: true, raw: true } });
  expect((await api.request('DELETE', `${path}/A`)).status).toBe(204);
  expect(await api.request('GET', `${path}/A`)).toMatchObject({
    status: 404,
    body: { message: '404 Variable Not Found' },
  });
});

test('rejects the same key and scope twice', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  await api.request('POST', path, { body: { key: 'A', value: '1' } });
  expect(await api.request('POST', path, { body: { key: 'A', value: '2' } })).toMatchObject({
    status: 400,
    body: { message: { key: ['(A) has already been taken'] } },
  });
});

test('a key with several scopes needs the filter, which is exact (fault 86, sandbox)', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  for (const scope of ['*', 'production']) {
    await api.request('POST', path, { body: { key: 'A', value: scope, environment_scope: scope } });
  }
  expect((await api.request('GET', `${path}/A`)).status).toBe(409);
  expect((await api.request('PUT', `${path}/A`, { body: { value: 'x' } })).status).toBe(409);
  expect((await api.request('DELETE', `${path}/A`)).status).toBe(409);
  const production = `${path}/A?${new URLSearchParams({ 'filter[environment_scope]': 'production' })}`;
  expect((await api.request('GET', production)).body).toMatchObject({ value: 'production' });
  const staging = `${path}/A?${new URLSearchParams({ 'filter[environment_scope]': 'staging' })}`;
  expect((await api.request('GET', staging)).status).toBe(404);
  await api.request('PUT', production, { body: { value: 'changed' } });
  const { body } = await api.request<readonly { readonly value: string }[]>('GET', path);
  expect(body.map(({ value }) => value)).toEqual(['*', 'changed']);
  const moved = await api.request('PUT', production, { body: { environment_scope: '*' } });
  expect(moved.status).toBe(400);
});

test('also reads the filter from the body, as GitLab does', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  for (const scope of ['*', 'production']) {
    await api.request('POST', path, { body: { key: 'A', value: scope, environment_scope: scope } });
  }
  const body = { value: 'changed', filter: { environment_scope: 'production' } };
  expect((await api.request('PUT', `${path}/A`, { body })).body).toMatchObject({ environment_scope: 'production' });
});

test("a hidden variable reads back without its value and can't become visible again", async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const body = { key: 'A', value: 'longenough', masked_and_hidden: true };
  expect((await api.request('POST', path, { body })).body).toMatchObject({ masked: true, hidden: true, value: null });
  expect((await api.request('GET', path)).body).toMatchObject([{ hidden: true, value: null }]);
  expect(await api.request('PUT', `${path}/A`, { body: { masked: false } })).toMatchObject({
    status: 400,
    body: { message: { base: ['Updating masked attribute is not allowed on updates for hidden variables.'] } },
  });
});

test('counts characters, not bytes or halves of them, and excludes only ASCII blanks from raw masked values', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  const put = async (key: string, value: string, more: object = {}) =>
    (await api.request('POST', path, { body: { key, value, ...more } })).status;
  expect(await put('LONG', '😀'.repeat(10_000))).toBe(201);
  expect(await put('TOO_LONG', 'a'.repeat(10_001))).toBe(400);
  expect(await put('SHORT', '😀😀😀😀', { masked: true, raw: true })).toBe(400);
  expect(await put('EIGHT', '😀'.repeat(8), { masked: true, raw: true })).toBe(201);
  expect(await put('NBSP', 'nobreak\u00a0space', { masked: true, raw: true })).toBe(201);
  expect(await put('LINES', 'one\ntwo $three', { description: 'ä'.repeat(255) })).toBe(201);
});

test('pages have 20 entries by default, at most 100, and link to the next', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  for (let number = 0; number < 130; number++) {
    await api.request('POST', path, { body: { key: `V${number}`, value: '1' } });
  }
  const first = await api.request<unknown[]>('GET', path);
  expect([first.body.length, first.headers.get('x-next-page'), first.headers.get('x-total')]).toEqual([20, '2', '130']);
  const largest = await api.request<unknown[]>('GET', `${path}?per_page=500`);
  expect([largest.body.length, largest.headers.get('x-per-page')]).toEqual([100, '100']);
  const next = /<([^>]+)>; rel="next"/.exec(largest.headers.get('link') ?? '')?.[1] ?? '';
  const last = await fetch(next, { headers: { 'private-token': sandbox.gitlabToken } });
  expect(await last.json()).toHaveLength(30);
  expect(last.headers.get('x-next-page')).toBe('');
  expect((await api.request('GET', `${path}?page=0`)).status).toBe(400);
  expect((await api.request<unknown[]>('GET', `${path}?page=99`)).body).toEqual([]);
});

test('accepts a form as well as JSON, and the project’s path as well as its ID', async () => {
  await using sandbox = await startSandbox({ projects: ['shop/web'] });
  const response = await fetch(`${sandbox.urls.gitlab}/api/v4/projects/shop%2Fweb/variables`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.gitlabToken}` },
    body: new URLSearchParams({ key: 'A', value: '1', protected: 'true' }),
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ key: 'A', protected: true });
});

test('a maskable value has at least eight characters and none that would break a log', () => {
  const alphabet = 'abcXYZ019_+=/@:.~-'.split('');
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...alphabet), minLength: 8 }), (value) => isMaskable(value, false)),
  );
  fc.assert(fc.property(fc.string({ maxLength: 7 }), (value) => !isMaskable(value, false) && !isMaskable(value, true)));
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), fc.constantFrom(' ', '\n', '\t'), (value, space) => {
      const spaced = `${value}${space}${value}`;
      return !isMaskable(spaced, false) && !isMaskable(spaced, true);
    }),
  );
});

test('accepts multipart forms, a token in the query, and HEAD for the paging headers (fault 162, sandbox)', async () => {
  await using sandbox = await startSandbox();
  const url = `${sandbox.urls.gitlab}/api/v4${path}`;
  const token = `private_token=${sandbox.gitlabToken}`;
  const form = new FormData();
  for (const [name, value] of Object.entries({ key: 'A', value: 'ü\r\n"1"', protected: 'true' })) form.set(name, value);
  const created = await fetch(`${url}?${token}`, { method: 'POST', body: form });
  expect([created.status, await created.json()]).toMatchObject([201, { key: 'A', value: 'ü\r\n"1"', protected: true }]);
  const broken = { method: 'POST', body: '--x', headers: { 'content-type': 'multipart/form-data; boundary=y' } };
  expect((await fetch(`${url}?${token}`, broken)).status).toBe(400);
  const head = await fetch(`${url}?${token}&per_page=1`, { method: 'HEAD' });
  expect([head.status, head.headers.get('x-total'), await head.text()]).toEqual([200, '1', '']);
  expect(head.headers.get('link')).not.toContain(sandbox.gitlabToken);
  expect((await fetch(`${url}?private_token=glpat-wrong`)).status).toBe(401);
  expect((await fetch(`${sandbox.urls.gitlab}/api/v4/projects/1/deployments?job_token=no`)).status).toBe(401);
});
