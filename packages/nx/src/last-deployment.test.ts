import { expect, test } from 'vitest';
import { fetchLastDeployment } from './last-deployment.ts';
import { jobToken, startGitLab, startGitLabWithDeployment } from './testing/gitlab.ts';

const production = { environment: 'production' };

test.each([
  [401, '{"message":"401 Unauthorized"}', /: 401: \{"message":"401 Unauthorized"\}$/],
  [429, 'Retry later\nplease', /: 429: Retry later$/],
  [503, '', /: 503: Service Unavailable$/],
  [200, '<!doctype html>', /: Unexpected token/],
  [200, '{"message":"hello"}', /: the answer is not a list of deployments$/],
])('an answer of %i %s is no deployment, and the reason says what came', async (status, body, reason) => {
  await using gitlab = await startGitLab((_request, response) => response.writeHead(status).end(body));
  const last = await fetchLastDeployment(gitlab.env, production);
  expect(last).toEqual({ kind: 'unknown', reason: expect.stringMatching(reason) });
  expect(JSON.stringify(last)).not.toContain(jobToken);
});

test('a redirect is not followed: the token stays with the host that the job was given', async () => {
  await using elsewhere = await startGitLabWithDeployment('a'.repeat(40));
  await using gitlab = await startGitLab((_request, response) =>
    response.writeHead(302, { location: elsewhere.env['CI_API_V4_URL'] }).end(),
  );
  expect(await fetchLastDeployment(gitlab.env, production)).toMatchObject({ kind: 'unknown' });
  expect(elsewhere.requests).toEqual([]);
});

test('a GitLab that does not answer in time is left alone', async () => {
  await using gitlab = await startGitLab(() => undefined);
  expect(await fetchLastDeployment(gitlab.env, { ...production, timeoutMs: 50 })).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/: no answer within 50 ms$/),
  });
});

test('a GitLab that is not there is named with what the connection said', async () => {
  const gone = await startGitLabWithDeployment();
  await gone[Symbol.asyncDispose]();
  expect(await fetchLastDeployment(gone.env, production)).toEqual({
    kind: 'unknown',
    reason: expect.stringMatching(/^the last deployment is not known: GET http:\S+: ECONNREFUSED connect/),
  });
});

test('a deployment without a commit is handed on as it is', async () => {
  await using gitlab = await startGitLab((_request, response) => response.end('[{"id":7}]'));
  expect(await fetchLastDeployment(gitlab.env, production)).toEqual({
    kind: 'deployed',
    environment: 'production',
    commit: undefined,
  });
});
