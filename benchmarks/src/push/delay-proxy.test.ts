import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { expect, test } from 'vitest';
import { startDelay } from './delay-proxy.ts';

const roundTrip = 100;

async function echo(): Promise<AsyncDisposable & { host: string }> {
  const server = createServer((incoming, response) => incoming.pipe(response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function post(host: string, agent: Agent, body: Buffer): Promise<{ bytes: Buffer; ms: number }> {
  const started = performance.now();
  const sent = request(`http://${host}/`, { method: 'POST', agent, headers: { 'content-length': body.length } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), ms: performance.now() - started };
}

test('adds a round trip to a request and one to a new connection, and forwards the same bytes', async () => {
  await using server = await echo();
  await using far = await startDelay(server.host, roundTrip);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));
  const first = await post(far.host, agent, body);
  expect(first.bytes.equals(body)).toBe(true);
  expect(first.ms).toBeGreaterThan(2 * roundTrip - 5);
  let fastest = Infinity;
  for (let posts = 0; posts < 20 && fastest >= 2 * roundTrip; posts++) {
    const again = await post(far.host, agent, Buffer.from('again'));
    expect(again.bytes.toString()).toBe('again');
    fastest = Math.min(fastest, again.ms);
  }
  expect(fastest).toBeGreaterThan(roundTrip - 5);
  expect(fastest).toBeLessThan(2 * roundTrip);
  agent.destroy();
});

test('starts no proxy without a round trip', async () => {
  await using server = await echo();
  await using far = await startDelay(server.host, 0);
  expect(far.host).toBe(server.host);
});
