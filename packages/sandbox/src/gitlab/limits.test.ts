import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';
import { Clock } from '../time/clock.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { send, serve } from '../testing/test-server.ts';
import { createGitlabApi } from './handler.ts';
import { Projects } from './projects.ts';
import { GitlabRateLimit } from './rate-limit.ts';
import { TerraformStates } from './terraform-states.ts';

test('past the limit, responds with text and Retry-After, and only to that user', async () => {
  await using directory = await temporaryDirectory();
  let now = 1_000_000;
  const rateLimit = new GitlabRateLimit({ requestsPerMinute: 2, now: () => now });
  const projects = new Projects(directory.path, new Clock());
  const states = new TerraformStates(join(directory.path, 'states'));
  await using server = await serve(createGitlabApi({ projects, states, token: 'person', jobToken: 'job', rateLimit }));
  const ask = async (headers: Record<string, string>) => await send(server, '/api/v4/projects', { headers });
  expect((await ask({ 'private-token': 'person' })).headers).toMatchObject({
    'ratelimit-limit': '2',
    'ratelimit-observed': '1',
    'ratelimit-remaining': '1',
    'ratelimit-reset': '1060',
  });
  expect((await ask({ 'private-token': 'person' })).status).toBe(200);
  now += 20_500;
  const refused = await ask({ 'private-token': 'person' });
  expect([refused.status, refused.text]).toEqual([429, 'Retry later\n']);
  expect(refused.headers).toMatchObject({ 'content-type': 'text/plain', 'retry-after': '40' });
  expect((await ask({ 'job-token': 'job' })).status).not.toBe(429);
  now += 40_000;
  expect((await ask({ 'private-token': 'person' })).status).toBe(200);
});

test('a project has at most 8,000 variables', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tozo-sandbox-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const first = await startSandbox({ dir });
  await new GitlabApi(first).request('POST', '/projects/1/variables', { body: { key: 'A', value: '1' } });
  await first.close();
  const file = join(dir, 'gitlab', '1.json');
  const project = JSON.parse(readFileSync(file, 'utf8')) as { variables: { key: string }[] };
  const [one] = project.variables;
  project.variables = Array.from({ length: 7999 }, (_, index) => ({ ...one, key: `A${index}` }));
  writeFileSync(file, JSON.stringify(project));
  await using second = await startSandbox({ dir });
  const api = new GitlabApi(second);
  const add = (key: string) => api.request('POST', '/projects/1/variables', { body: { key, value: '1' } });
  expect((await add('LAST')).status).toBe(201);
  expect(await add('TOO_MANY')).toMatchObject({
    status: 400,
    body: { message: { base: [expect.stringContaining('8000') as string] } },
  });
  const page = await api.request<unknown[]>('GET', '/projects/1/variables?per_page=100&page=80');
  expect([page.body.length, page.headers.get('x-total')]).toEqual([100, '8000']);
});
