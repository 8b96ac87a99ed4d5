import { expect, test } from 'vitest';
import { fetchLastDeployment } from './last-deployment.ts';
import { jobToken, startGitLab, startGitLabWithDeployment } from './testing/gitlab.ts';

const production = { environment: 'production' };

test.each([
  [401, '{"message":"401 Unauthorized"}', /: 401: \{"message":"401 Unauthorized"\}$/],
  [429, 'Retry later\nplease', /: 429: Retry later$/],
  [503, '', /: 503: Service Unavailable$/],
  [200, '<!doctype html>', /: Unexpected token/],
  [200, '{"message":"hello"}', /: the response isn't a list of deployments$/],
])('reports a response of %i %s as an unknown deployment, with the reason', async (status, body, reason) => {
  await using gitlab = await startGitLab((_request, response) => response.writeHead(status).end(body));
  const last = await fetchLastDeployment(gitlab.env, production);
  expect(last).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) });
  expect(JSON.stringify(last)).not.toContain(jobToken);
});

test('follows no redirect, so no other host gets the token', async () => {
  await using elsewhere = await startGitLabWithDeployment('a'.repeat(40));
  await using gitlab = await startGitLab((_request, response) =>
    response.writeHead(302, { location: elsewhere.env['CI_API_V4_URL'] }).end(),
  );
  expect(await fetchLastDeployment(gitlab.env, production)).toMatchObject({ kind: 'unknown' });
  expect(elsewhere.requests).toEqual([]);
});

test('gives up on a GitLab that doesn’t respond in time', async () => {
  await using gitlab = await startGitLab(() => undefined);
  expect(await fetchLastDeployment(gitlab.env, { ...production, timeoutMs: 50 })).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/: no response within 50 ms$/),
  });
});

test('reports why a connection to GitLab failed', async () => {
  const closed = await startGitLabWithDeployment();
  await closed[Symbol.asyncDispose]();
  expect(await fetchLastDeployment(closed.env, production)).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/^can't read the last deployment: GET http:\S+: ECONNREFUSED connect/),
  });
});

test('returns a deployment without a commit unchanged', async () => {
  await using gitlab = await startGitLab((_request, response) => response.end('[{"id":7}]'));
  expect(await fetchLastDeployment(gitlab.env, production)).toEqual({
    kind: 'deployed',
    environment: 'production',
    commit: undefined,
  });
});
