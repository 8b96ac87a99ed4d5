import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startSandbox } from '../../server/server.ts';
import { HerokuApi } from '../../testing/heroku-api.ts';
import { pushImage, webImage } from '../../testing/push-image.ts';
import { until } from '../../testing/until.ts';

const versions = ['one', 'two', 'three'];

test('during releases and restarts, no request fails and no client sees an older version again', async () => {
  await using sandbox = await startSandbox({ apps: ['shop'], assumptions: { oldWebDynos: 'serving' } });
  const api = new HerokuApi(sandbox);
  const release = async (version: string) => {
    const { imageId } = await pushImage(sandbox, 'shop/web', webImage(version));
    await api.release('shop', [{ type: 'web', docker_image: imageId, quantity: 2, size: 'Standard-1X' }]);
    await until(
      async () => (await api.dynos('shop')).filter(({ state }) => state === 'up').length,
      (up) => up === 2,
    );
    await until(
      () => get(url),
      ({ body }) => body === version,
    );
  };
  const url = sandbox.appUrl('shop') ?? '';
  await release('one');

  const stop = new AbortController();
  const clients = [1, 2].map(() => visit(url, stop.signal));
  const resultCounts = () => clients.map(({ results }) => results.length);
  for (const version of ['two', 'three']) await release(version);
  await api.request('DELETE', '/apps/shop/dynos');
  await until(
    async () => (await api.dynos('shop')).every(({ state }) => state === 'up'),
    (areUp) => areUp,
  );
  const before = resultCounts();
  await until(resultCounts, (counts) => counts.every((count, client) => count >= (before[client] ?? 0) + 30));
  stop.abort();

  for (const { results, ended } of clients) {
    await ended;
    expect(results.filter(({ status }) => status !== 200)).toEqual([]);
    const order = results.map(({ body }) => versions.indexOf(body));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order)).toEqual(new Set([0, 1, 2]));
  }
});

interface Result {
  readonly status: number | undefined;
  readonly body: string;
}

/** Sends one request after the other over one connection until the signal aborts. */
function visit(
  url: string,
  signal: AbortSignal,
): { readonly results: readonly Result[]; readonly ended: Promise<void> } {
  const results: Result[] = [];
  return { results, ended: send() };
  async function send(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!signal.aborted) {
      results.push(await get(url, agent));
      await sleep(10);
    }
    agent.destroy();
  }
}

async function get(url: string, agent?: Agent): Promise<Result> {
  return await new Promise((resolve) => {
    const failed = (error: Error) => resolve({ status: undefined, body: error.message });
    request(url, { agent }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode, body }), failed);
    })
      .once('error', failed)
      .end();
  });
}
