import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { fetchProcessMode } from './process-mode.ts';

async function modeWhen(status: number, body: string) {
  const requests: unknown[] = [];
  const server = createServer(({ url, headers }, response) => {
    requests.push([url, headers['private-token']]);
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v4/`;
  const mode = await fetchProcessMode({ api, project: 'acme/shop', token: 'glpat-1' }, 'production/shop');
  return { mode, requests };
}

test('reads the process mode of a resource group', async () => {
  expect(await modeWhen(200, '{"key": "production/shop", "process_mode": "newest_first"}')).toEqual({
    mode: { mode: 'newest_first' },
    requests: [['/api/v4/projects/acme%2Fshop/resource_groups/production%2Fshop', 'glpat-1']],
  });
});

test.each([
  [404, '{}', /no job has used it yet/],
  [403, '{}', /403: the token needs the role Maintainer/],
  [200, '<html>', /: 200$/],
  [500, '', /: 500$/],
])('says why the mode is unknown after %i %s', async (status, body, reason) => {
  expect((await modeWhen(status, body)).mode).toEqual({ unknown: expect.stringMatching(reason) });
});
