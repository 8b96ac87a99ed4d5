/* Proxies answer 413 before they read a body, and close the connection while it's still being sent. */
import { expect, test } from 'vitest';
import { imageFrom, incompressible } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { type Call, startRegistry } from '../../testing/registry.ts';

const limit = 600_000;
const size = 2_000_000;

const isTooLarge = ({ what, headers }: Call) =>
  (what === 'PUT upload' || what === 'PATCH upload') && Number(headers['content-length']) > limit;

const ends: Record<string, (call: Call) => void> = {
  'says 413 and resets at once': ({ response, request }) => {
    response.writeHead(413, { connection: 'close', 'content-length': 0 });
    response.end();
    setImmediate(() => request.socket.resetAndDestroy());
  },
  'says 413, reads a little and resets': ({ response, request }) => {
    response.writeHead(413, { connection: 'close', 'content-length': 0 });
    response.end();
    request.once('data', () => request.socket.resetAndDestroy());
  },
  'only resets': ({ request }) => {
    request.once('data', () => request.socket.resetAndDestroy());
  },
};

test.each(Object.entries(ends))('sends chunks when a registry %s', async (_, end) => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (!isTooLarge(call)) return false;
      end(call);
      return true;
    },
  });
  await using client = impatientClient({ timing: { maxAttempts: 7 } });
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  await client.push(imageFrom(incompressible(size)), target);
  expect(registry.count('PATCH upload')).toBeGreaterThan(1);
});

test.each(Object.entries(ends))('names the limit when a registry that accepts no chunks either %s', async (_, end) => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'PUT upload' && call.what !== 'PATCH upload') return false;
      if (Number(call.headers['content-length']) < 1000) return false;
      end(call);
      return true;
    },
  });
  await using client = impatientClient({ timing: { maxAttempts: 7 } });
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  await expect(client.push(imageFrom(incompressible(size)), target)).rejects.toThrow(/limit/);
});
