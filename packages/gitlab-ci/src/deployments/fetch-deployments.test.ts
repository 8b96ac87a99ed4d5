import { expect, test } from 'vitest';
import { jobToken, startGitLab, startGitLabWith } from '../testing/gitlab.ts';
import { fetchDeployments } from './fetch-deployments.ts';

const shop = { environment: 'production/shop' };
const sha = (digit: string): string => digit.repeat(40);

test("fetches an environment's deployments in two requests", async () => {
  await using gitlab = await startGitLabWith([
    { ...shop, sha: sha('a'), pipeline: 4 },
    { environment: 'production/till', sha: sha('b') },
    { ...shop, sha: sha('c'), status: 'canceled', started: false, source: 'web' },
  ]);
  const found = await fetchDeployments(gitlab.env, shop);
  const success = {
    id: 1,
    sha: sha('a'),
    status: 'success',
    startedAt: 0,
    finishedAt: 500,
    jobId: 101,
    pipelineId: 4,
    source: 'push',
  };
  expect(found).toMatchObject({
    kind: 'known',
    successes: [success],
    recent: [{ sha: sha('c'), status: 'canceled', startedAt: null, source: 'web' }, success],
  });
  expect(
    gitlab.requests.map(({ url = '' }) => url.replace(/^.*\?/, '')).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual([
    'environment=production%2Fshop&order_by=id&sort=desc&per_page=100',
    'environment=production%2Fshop&status=success&order_by=finished_at&finished_after=1970-01-01T00%3A00%3A00Z&sort=desc&per_page=100',
  ]);
  expect(gitlab.requests[0]?.headers['job-token']).toBe(jobToken);
});

const canceled = (count: number) =>
  Array.from({ length: count }, () => ({ ...shop, sha: sha('d'), status: 'canceled', started: false }));
const failed = { ...shop, sha: sha('b'), status: 'failed' };

test('finds what started after the last success behind hundreds of canceled deployments', async () => {
  await using gitlab = await startGitLabWith([{ ...shop, sha: sha('a') }, failed, ...canceled(247)]);
  const found = await fetchDeployments(gitlab.env, shop);
  const recent = found.kind === 'known' ? found.recent : [];
  expect(recent).toHaveLength(249);
  expect(recent.filter(({ startedAt }) => startedAt !== null)).toMatchObject([
    { id: 2, sha: sha('b'), status: 'failed' },
    { id: 1, status: 'success' },
  ]);
});

test('needs a third request for a long history, and no more', async () => {
  await using gitlab = await startGitLabWith([...canceled(300), { ...shop, sha: sha('a') }, ...canceled(20)]);
  expect(await fetchDeployments(gitlab.env, shop)).toMatchObject({ kind: 'known', successes: [{ id: 301 }] });
  expect(gitlab.requests).toHaveLength(3);
  expect(gitlab.requests[2]?.url).toContain('order_by=updated_at&updated_after=1970-01-01T00%3A05%3A00.000Z&page=1');
});

test('finds a deployment that was created long before the last success and started after it', async () => {
  const at = (id: number, status: string, second: number) => {
    const time = new Date(second * 1000).toISOString();
    const deployable = { id, started_at: time, finished_at: time };
    return { id, sha: sha('a'), status, updated_at: time, finished_at: time, deployable };
  };
  await using gitlab = await startGitLab(({ url = '' }, response) => {
    const newest = Array.from({ length: 100 }, (_, index) => at(200 - index, 'success', 200 - index));
    response.end(JSON.stringify(url.includes('updated_after') ? [at(7, 'failed', 300), newest[0]] : newest));
  });
  const found = await fetchDeployments(gitlab.env, shop);
  expect(found.kind === 'known' && found.recent.some(({ id }) => id === 7)).toBe(true);
});

test('leaves the deployments unknown if there are too many after the last success', async () => {
  await using gitlab = await startGitLabWith([{ ...shop, sha: sha('a') }, failed, ...canceled(1000)]);
  expect(await fetchDeployments(gitlab.env, shop)).toEqual({
    kind: 'unknown',
    reason: 'production/shop has had 1000 deployments since its last success',
    isTooLong: true,
  });
});

test('reads on where GitLab refuses to order the successes, until it finds one', async () => {
  const all = Array.from({ length: 150 }, (_, index) => ({
    ...{ id: 150 - index, sha: sha('a'), status: index === 149 ? 'success' : 'canceled' },
    deployable: { id: 1, started_at: null },
  }));
  await using gitlab = await startGitLab(({ url = '' }, response) => {
    const end = Number(/[?&]page=(\d+)/.exec(url)?.[1] ?? 1) * 100;
    if (url.includes('finished_after')) response.writeHead(400).end('{"message":"400 Bad request"}');
    else response.end(JSON.stringify(all.slice(end - 100, end)));
  });
  expect(await fetchDeployments(gitlab.env, shop)).toMatchObject({ kind: 'known', successes: [{ id: 1 }] });
});

test('orders the successes itself where GitLab refuses to', async () => {
  const at = (id: number, finished: string) => ({ id, sha: sha('a'), status: 'success', finished_at: finished });
  await using gitlab = await startGitLab((request, response) => {
    if (request.url?.includes('finished_after')) response.writeHead(400).end('{"message":"400 Bad request"}');
    else response.end(JSON.stringify([at(2, '2026-01-01T00:00:00Z'), at(1, '2026-01-02T00:00:00Z')]));
  });
  expect(await fetchDeployments(gitlab.env, shop)).toMatchObject({ successes: [{ id: 1 }, { id: 2 }] });
});

test.each([
  [401, '{"message":"401 Unauthorized"}', /: 401: CI_JOB_TOKEN is no longer valid/],
  [403, '{"message":"403 Forbidden"}', /: 403: CI_JOB_TOKEN has no permission .* "Deployments: read" .*403 Forbidden/],
  [404, '{"message":"404 Project Not Found"}', /: 404: the project isn't visible to CI_JOB_TOKEN/],
  [200, '<!doctype html>', /: the response isn't a list of deployments: check CI_API_V4_URL/],
  [200, '{"message":"hello"}', /: the response isn't a list of deployments/],
  [200, '[7]', /: the response isn't a list of deployments/],
])(
  'a response of %i %s leaves the deployments unknown, and the reason names the remedy',
  async (status, body, reason) => {
    await using gitlab = await startGitLab((_request, response) => response.writeHead(status).end(body));
    const found = await fetchDeployments(gitlab.env, shop);
    expect(found).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) });
    expect(JSON.stringify(found)).not.toContain(jobToken);
  },
);

test('follows no redirect with the token', async () => {
  await using elsewhere = await startGitLabWith([]);
  await using gitlab = await startGitLab((_request, response) =>
    response.writeHead(302, { location: elsewhere.env['CI_API_V4_URL'] }).end(),
  );
  expect(await fetchDeployments(gitlab.env, shop)).toMatchObject({
    kind: 'unknown',
    reason: expect.stringMatching(/302: redirected to http/),
  });
  expect(elsewhere.requests).toEqual([]);
});

test.for(['gitlab.example/api/v4', 'file:///etc', 'https://'])(
  'reports a CI_API_V4_URL that is none: %s',
  async (api) => {
    const env = { CI_API_V4_URL: api, CI_PROJECT_ID: '42', CI_JOB_TOKEN: jobToken };
    expect(await fetchDeployments(env, shop)).toEqual({
      kind: 'unknown',
      reason: `CI_API_V4_URL isn't an http or https URL: "${api}"`,
    });
  },
);

test('reads no more than 16 MiB of a response, whatever its headers say', async () => {
  await using gitlab = await startGitLab((_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    const write = (): void => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', write);
    };
    response.on('error', () => undefined);
    write();
  });
  expect(await fetchDeployments(gitlab.env, shop)).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/: the response is larger than 16 MiB$/),
  });
});

test('tries again after a passing failure', async () => {
  let failures = 2;
  await using gitlab = await startGitLab((_request, response) => {
    if (failures > 0) response.writeHead(503).end('busy');
    else response.end('[]');
    failures -= 1;
  });
  expect(await fetchDeployments(gitlab.env, shop)).toEqual({ kind: 'known', successes: [], recent: [] });
});

test.for([429, 503])('follows Retry-After of a %i', async (status) => {
  const requested: number[] = [];
  await using gitlab = await startGitLab((_request, response) => {
    requested.push(performance.now());
    if (requested.length > 2) response.end('[]');
    else response.writeHead(status, { 'retry-after': '2' }).end('Retry later');
  });
  expect(await fetchDeployments(gitlab.env, shop)).toEqual({ kind: 'known', successes: [], recent: [] });
  expect(requested).toHaveLength(4);
  expect(requested[2]! - requested[0]!).toBeGreaterThanOrEqual(1990);
});

test('waits no longer than 30 s in all for Retry-After, and says how long GitLab asks to wait', async () => {
  await using gitlab = await startGitLab((_request, response) =>
    response.writeHead(429, { 'retry-after': '31' }).end('Retry later'),
  );
  expect(await fetchDeployments(gitlab.env, shop)).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/: 429, and GitLab asks to wait 31 s$/),
  });
  expect(gitlab.requests).toHaveLength(2);
});

test('tries again if no response comes in time', async () => {
  let silences = 2;
  await using gitlab = await startGitLab((_request, response) => {
    if (silences > 0) silences -= 1;
    else response.end('[]');
  });
  const known = await fetchDeployments(gitlab.env, { ...shop, timeoutMs: 500 });
  expect(known).toEqual({ kind: 'known', successes: [], recent: [] });
});

test('reports a GitLab that is down, is too slow, or is none', async () => {
  const closed = await startGitLabWith([]);
  await closed[Symbol.asyncDispose]();
  expect(await fetchDeployments(closed.env, shop)).toMatchObject({
    kind: 'unknown',
    reason: expect.stringMatching(/ECONNREFUSED/),
  });
  await using slow = await startGitLab(() => undefined);
  expect(await fetchDeployments(slow.env, { ...shop, timeoutMs: 50 })).toMatchObject({
    reason: expect.stringMatching(/no response within 50 ms$/),
  });
  expect(await fetchDeployments({}, shop)).toMatchObject({
    reason: "this isn't a GitLab job (CI_API_V4_URL, CI_PROJECT_ID, CI_JOB_TOKEN not set)",
  });
});
