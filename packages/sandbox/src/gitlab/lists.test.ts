import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';

interface Named {
  readonly id: number;
  readonly name: string;
  readonly path_with_namespace: string;
}

test('projects are listed newest first, and in the requested order', async () => {
  await using sandbox = await startSandbox({ projects: ['store/web', 'store/Api', 'tools/ci'] });
  const api = new GitlabApi(sandbox);
  const list = async (query: string) =>
    (await api.request<readonly Named[]>('GET', `/projects${query}`)).body.map(
      (project) => project.path_with_namespace,
    );
  expect(await list('')).toEqual(['tools/ci', 'store/Api', 'store/web']);
  expect(await list('?sort=asc')).toEqual(['store/web', 'store/Api', 'tools/ci']);
  expect(await list('?order_by=path')).toEqual(['store/web', 'tools/ci', 'store/Api']);
  expect(await list('?order_by=id&sort=asc&id_after=1&id_before=3')).toEqual(['store/Api']);
  expect(await api.request('GET', '/projects?order_by=size')).toMatchObject({
    status: 400,
    body: { error: 'order_by does not have a valid value' },
  });
});

test('projects are found by what GitLab’s API filters by', async () => {
  await using sandbox = await startSandbox({ projects: ['store/web', 'tools/ci'] });
  const api = new GitlabApi(sandbox);
  const created = {
    path: 'own',
    name: 'My Shop',
    description: 'Sells tea',
    visibility: 'public',
    topics: ['tea', 'shop'],
  };
  await api.request('POST', '/projects', { body: created });
  const list = async (query: string) =>
    (await api.request<readonly Named[]>('GET', `/projects?sort=asc&${query}`)).body.map(({ id }) => id);
  for (const [query, ids] of [
    ['search=WEB', [1]],
    ['search=shop+tea', []],
    ['search=sells+tea', [3]],
    ['search=ci', [2]],
    ['search=we', []],
    ['search=tools', []],
    ['search=tools&search_namespaces=true', [2]],
    ['visibility=public', [3]],
    ['visibility=private', [1, 2]],
    ['archived=true', []],
    ['archived=false', [1, 2, 3]],
    ['owned=true', [3]],
    ['membership=true', [1, 2, 3]],
    ['topic=tea,shop', [3]],
    ['topic=tea,coffee', []],
    ['min_access_level=40', [1, 2, 3]],
    ['min_access_level=50', [3]],
  ] as const) {
    expect([query, await list(query)]).toEqual([query, ids]);
  }
  const [simple] = (await api.request<readonly object[]>('GET', '/projects?simple=true&owned=1')).body;
  expect(simple).toMatchObject({ id: 3, name: 'My Shop', path_with_namespace: 'sandbox/own', topics: ['tea', 'shop'] });
  expect(simple).not.toHaveProperty('permissions');
  for (const query of ['archived=perhaps', 'visibility=secret', 'min_access_level=41', 'id_after=x', 'sort=up']) {
    expect((await api.request('GET', `/projects?${query}`)).status, query).toBe(400);
  }
});

test('pages by keyset link to the next one until it is empty, and have no totals', async () => {
  await using sandbox = await startSandbox({ projects: ['store/a', 'store/b', 'store/c'] });
  const api = new GitlabApi(sandbox);
  const seen: number[] = [];
  let path: string | undefined = '/projects?pagination=keyset&order_by=id&sort=asc&per_page=2';
  while (path !== undefined) {
    const { body, headers }: { body: readonly Named[]; headers: Headers } = await api.request('GET', path);
    seen.push(...body.map(({ id }) => id));
    expect(headers.get('x-total')).toBeNull();
    path = /^<[^>]+\/api\/v4([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
    expect(path === undefined).toBe(body.length === 0);
  }
  expect(seen).toEqual([1, 2, 3]);
  const descending = await api.request('GET', '/projects?pagination=keyset&order_by=id&per_page=1');
  expect(descending.headers.get('link')).toContain('id_before=3');
  expect(await api.request('GET', '/projects?pagination=keyset')).toMatchObject({
    status: 405,
    body: { error: 'Keyset pagination is not yet available for this type of request' },
  });
});

test('namespaces, branches and environments are searched', async () => {
  await using sandbox = await startSandbox({ projects: ['store/web', 'tools/ci'] });
  const api = new GitlabApi(sandbox);
  const names = async (path: string) => (await api.request<readonly Named[]>('GET', path)).body.map(({ name }) => name);
  expect(await names('/namespaces?search=STOR')).toEqual(['store']);
  expect(await names('/namespaces?search=nothing')).toEqual([]);
  const project = '/projects/1';
  await api.request('POST', `${project}/protected_branches`, { body: { name: 'release/*' } });
  expect(await names(`${project}/protected_branches?search=lease`)).toEqual(['release/*']);
  for (const name of ['production', 'review/production']) {
    await api.request('POST', `${project}/environments`, { body: { name } });
  }
  await api.request('POST', `${project}/environments/1/stop`);
  expect(await names(`${project}/environments?search=Prod`)).toEqual(['production']);
  expect(await names(`${project}/environments?name=review/production`)).toEqual(['review/production']);
  expect(await names(`${project}/environments?states=stopped`)).toEqual(['production']);
  for (const [query, error] of [
    ['name=production&search=prod', 'name, search cannot be used together'],
    ['states=gone', 'states does not have a valid value'],
  ]) {
    expect(await api.request('GET', `${project}/environments?${query}`)).toMatchObject({
      status: 400,
      body: { error },
    });
  }
  expect((await api.request('GET', `${project}/environments?search=pr`)).status).toBe(400);
});

test('a documented parameter that the sandbox lacks gets 501; an unknown one is ignored, as GitLab does', async () => {
  await using sandbox = await startSandbox();
  const api = new GitlabApi(sandbox);
  for (const [path, named] of [
    ['/projects?starred=true', '/projects?starred'],
    ['/projects?custom_attributes[team]=web', '/projects?custom_attributes'],
    ['/projects?order_by=star_count', '/projects?order_by=star_count'],
    ['/namespaces?owned_only=true', '/namespaces?owned_only'],
  ] as const) {
    const { status, body } = await api.request<{ message: string }>('GET', path);
    expect([status, body.message]).toEqual([501, `GitLab has GET /api/v4${named}, but @tozo/sandbox doesn't.`]);
  }
  for (const path of ['/projects?color=red', '/projects/1/variables?filter[environment_scope]=production']) {
    expect((await api.request('GET', path)).status).toBe(200);
  }
});
