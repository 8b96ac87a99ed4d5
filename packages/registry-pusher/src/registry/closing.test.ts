import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { imageFrom, layerOf } from '../testing/images.ts';
import { impatientClient } from '../testing/impatient.ts';
import { type Call, refuse, startRegistry } from '../testing/registry.ts';

const reference = ({ name }: { name: string }) => ({ registry: name, repository: 'shop/web', tag: 'latest' });
const patient = { backoff: 600_000, stall: 600_000, maxRetryAfter: 600_000 };

test('closing the client ends requests that wait for a retry (fault 134, registry-pusher)', async () => {
  let answered = () => {};
  const first = new Promise<void>((resolve) => (answered = resolve));
  await using registry = await startRegistry({
    misbehave: (call) => {
      refuse(call, 503, 'UNAVAILABLE');
      call.response.once('close', answered);
      return true;
    },
  });
  await using client = impatientClient({ timing: patient });
  const reading = client.getImage(reference(registry));
  const outcome = reading.catch((error: unknown) => error);
  await first;

  await client.close();

  expect(await outcome).toMatchObject({ code: 'ABORTED', message: 'Canceled: the registry client was closed.' });
  expect(registry.calls).toHaveLength(1);
});

test('closing the client ends a transfer, and nothing is sent afterwards (fault 134, registry-pusher)', async () => {
  let received: (call: Call) => void = () => {};
  const first = new Promise<Call>((resolve) => (received = resolve));
  await using registry = await startRegistry({
    misbehave: (call) => {
      received(call);
      return true;
    },
  });
  await using client = impatientClient({ timing: patient });
  const outcome = client.getImage(reference(registry)).catch((error: unknown) => error);
  const { request } = await first;

  await client.close();

  expect(await outcome).toMatchObject({ code: 'ABORTED' });
  if (!request.socket.destroyed) await once(request.socket, 'close');
  await expect(client.push(imageFrom(layerOf('one')), reference(registry))).rejects.toMatchObject({ code: 'ABORTED' });
  expect(registry.calls).toHaveLength(1);
});

test('the first failure of a push ends its other transfers (fault 134, registry-pusher)', async () => {
  const waiting: Call[] = [];
  let stuck = () => {};
  const isStuck = new Promise<void>((resolve) => (stuck = resolve));
  await using registry = await startRegistry({
    misbehave: async (call) => {
      if (call.what !== 'PUT upload') return false;
      waiting.push(call);
      if (waiting.length < 3) return true;
      stuck();
      refuse(call, 403, 'DENIED');
      return true;
    },
  });
  await using client = impatientClient({ timing: patient });
  const image = imageFrom(layerOf('one'), layerOf('two'), layerOf('three'));

  const pushing = client.push(image, reference(registry));

  await expect(pushing).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  await isStuck;
  await Promise.all(
    waiting.slice(0, 2).map(async ({ request: { socket } }) => {
      if (!socket.destroyed) await once(socket, 'close');
    }),
  );
  expect(registry.count('PUT manifest')).toBe(0);
});

test('one that waits for a token can stop without ending it for others', async () => {
  const credentials = { username: '_', password: 'a-key' };
  let release = () => {};
  let requested = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const isRequested = new Promise<void>((resolve) => (requested = resolve));
  await using registry = await startRegistry({
    login: { scheme: 'bearer', ...credentials },
    misbehave: async (call) => {
      if (call.what !== 'GET token') return false;
      requested();
      await released;
      return false;
    },
  });
  await using client = impatientClient({ timing: patient, endpoints: { [registry.name]: { credentials } } });
  const stop = new AbortController();
  const canceled = client.getImage(reference(registry), { signal: stop.signal });
  const outcome = canceled.catch((error: unknown) => error);
  const other = client.getImage(reference(registry));
  await isRequested;

  stop.abort();
  expect(await outcome).toMatchObject({ code: 'ABORTED' });
  release();

  expect(await other).toBeUndefined();
});

/** Starts a server that speaks bytes. Responds to each request's head, in order. */
async function startRaw(respond: (head: string, socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const complete = head;
      head = '';
      respond(complete, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    name: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

test('a registry that refuses a body while it comes is heard (fault 152, registry-pusher)', async () => {
  const bearer = 'WWW-Authenticate: Basic realm="x"\r\n';
  const heads: string[] = [];
  await using raw = await startRaw((head, socket) => {
    heads.push(head.split('\r\n')[0]!);
    if (head.startsWith('HEAD')) return void socket.write('HTTP/1.1 404 Not Found\r\n\r\n');
    if (head.startsWith('POST'))
      return void socket.write(
        'HTTP/1.1 202 Accepted\r\nLocation: /v2/shop/web/blobs/uploads/1\r\nContent-Length: 0\r\n\r\n',
      );
    if (/authorization/i.test(head))
      return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nDenied');
    socket.end(`HTTP/1.1 401 Unauthorized\r\n${bearer}Content-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  const credentials = { username: '_', password: 'a-key' };
  await using client = impatientClient({ endpoints: { [raw.name]: { credentials } } });

  const pushing = client.push(imageFrom(), reference(raw));

  await expect(pushing).rejects.toMatchObject({ code: 'REGISTRY_DENIED', message: expect.stringContaining('Denie') });
  expect(heads.filter((line) => line.startsWith('PUT'))).toHaveLength(2);
});

test.each([
  ['nothing', ''],
  ['half a status line', 'HTTP/1.1 20'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['headers without an end', 'HTTP/1.1 200 OK\r\nContent-Type: x\r\n'],
  ['a body that breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"schemaVersion"'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef'],
  ['a NUL in a header', 'HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n'],
])('reports %s in place of a response (fault 134, registry-pusher)', async (_, bytes) => {
  let requests = 0;
  await using raw = await startRaw((_head, socket) => {
    requests += 1;
    socket.end(bytes);
  });
  await using client = impatientClient();

  await expect(client.getImage(reference(raw))).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(requests).toBeLessThanOrEqual(3);
});
