import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { GitlabApi } from '../../testing/gitlab-api.ts';
import { gitlabRoutes } from '../handler.ts';
import { gitlabEndpoints } from './endpoints.ts';

test('an endpoint that only GitLab has gets 501 and names the sandbox; a missing project comes first (fault 161, sandbox)', async () => {
  await using sandbox = await startSandbox({ projects: ['store/shop'] });
  const api = new GitlabApi(sandbox);
  for (const [method, path, status] of [
    ['GET', '/projects/store%2Fshop/pipelines', 501],
    ['GET', '/projects/1/jobs', 501],
    ['POST', '/projects/1/pipeline', 501],
    ['GET', '/projects/1/repository/files/src%2Fmain.ts/raw', 501],
    ['GET', '/projects/1/repository/archive.tar.gz', 501],
    ['GET', '/projects/1/jobs/artifacts/main/raw/out/report.json', 501],
    ['GET', '/projects/1/merge_requests', 501],
    ['DELETE', '/projects/1/deployments/1', 501],
    ['GET', '/groups', 501],
    ['GET', '/groups/store/variables', 501],
    ['GET', '/projects/2/pipelines', 404],
    ['GET', '/projects/store%2Fother/pipelines', 404],
    ['GET', '/projects/1/dynos', 404],
    ['GET', '/projects/1/repository%/tree', 404],
    ['GET', '/projects/%FF/pipelines', 404],
    ['PUT', '/projects/1/pipelines', 405],
    ['PATCH', '/projects/1/variables', 405],
  ] as const) {
    const reply = await api.request<{ message?: string; error?: string }>(method, path);
    expect([method, path, reply.status]).toEqual([method, path, status]);
    if (status === 501) {
      expect(reply.body.message).toBe(`GitLab has ${method} /api/v4${path}, but @tozo/sandbox doesn't.`);
    }
  }
  expect((await api.request<{ message: string }>('GET', '/projects/2/pipelines')).body.message).toBe(
    '404 Project Not Found',
  );
  const headers = { 'private-token': sandbox.gitlabToken };
  const graphql = await fetch(`${sandbox.urls.gitlab}/api/graphql`, { method: 'POST', headers, body: '{}' });
  expect(graphql.status).toBe(501);
});

test('GitLab publishes every endpoint that the sandbox has', () => {
  const unpublished = gitlabRoutes.filter(({ method, pattern }) => {
    return !gitlabEndpoints.methodsOf(pattern.replaceAll(/:\w+/g, '1')).includes(method);
  });
  expect(unpublished.map(({ method, pattern }) => `${method} ${pattern}`)).toEqual([]);
});
