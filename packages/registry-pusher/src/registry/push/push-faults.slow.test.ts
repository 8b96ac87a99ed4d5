import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { imageFrom, incompressible, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { respond, type Call, readBody, refuse, type RegistryOptions, startRegistry } from '../../testing/registry.ts';

const size = 600_000;

/** Pushes one layer, of about 600 kB, to a registry that misbehaves. */
async function pushTo(options: RegistryOptions, timing = {}, layerSize = size) {
  await using registry = await startRegistry(options);
  await using client = impatientClient({ timing });
  const image = imageFrom(incompressible(layerSize));
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  const outcome = await client.push(image, target).then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error: error as Error & { code: string } }),
  );
  return { ...outcome, registry };
}

/** Returns whether a call is about the layer, not the small config. */
function isLayer({ what, headers }: Call): boolean {
  return (what === 'PUT upload' || what === 'PATCH upload') && Number(headers['content-length']) > 100_000;
}

/** Misbehaves at the first `times` matching calls. */
function first(times: number, matches: (call: Call) => boolean, misbehave: (call: Call) => void | Promise<void>) {
  let seen = 0;
  return async (call: Call) => {
    if (!matches(call) || seen >= times) return false;
    seen += 1;
    await misbehave(call);
    return true;
  };
}

const resetAfter = (bytes: number) => async (call: Call) => {
  let seen = 0;
  call.request.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    if (seen >= bytes) call.request.socket.resetAndDestroy();
  });
};

/** Stores the blob, then breaks the connection before the response. */
const storeAndReset =
  (registry: () => { putBlob(repository: string, bytes: Buffer): unknown }) => async (call: Call) => {
    const bytes = await readBody(call);
    registry().putBlob('shop/web', bytes);
    call.request.socket.resetAndDestroy();
  };

test('retries a blob after a connection reset (fault 1, registry-pusher)', async () => {
  const { result, registry } = await pushTo({ misbehave: first(1, isLayer, resetAfter(200_000)) });

  expect(result?.blobs.every(({ outcome }) => outcome === 'sent')).toBe(true);
  expect(registry.calls.filter(isLayer)).toHaveLength(2);
  expect(result!.sentBytes).toBeGreaterThan(size);
});

test('gives up on a connection that is always reset (fault 1, registry-pusher)', async () => {
  const { error, registry } = await pushTo({ misbehave: first(99, isLayer, resetAfter(200_000)) });

  expect(error).toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringMatching(/^P(?:UT|ATCH) http.*(?:ECONNRESET|EPIPE).* Gave up after 3 attempts\.$/),
  });
  expect(registry.calls.filter(isLayer)).toHaveLength(3);
});

test("doesn't resend a blob whose response was lost (fault 2, registry-pusher)", async () => {
  await using registry = await startRegistry({
    misbehave: first(1, isLayer, (call) => storeAndReset(() => registry)(call)),
  });
  await using client = impatientClient();

  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  const { blobs } = await client.push(imageFrom(incompressible(size)), target);

  expect(blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});

test('accepts a lost upload whose blob is there (fault 3, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: first(1, isLayer, async (call) => {
      registry.putBlob('shop/web', await readBody(call));
      refuse(call, 404, 'BLOB_UPLOAD_UNKNOWN');
    }),
  });
  await using client = impatientClient();

  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  const { blobs } = await client.push(imageFrom(incompressible(size)), target);

  expect(blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});

test('resends a lost upload once (fault 4, registry-pusher)', async () => {
  const forget = async (call: Call) => {
    await readBody(call);
    refuse(call, 404, 'BLOB_UPLOAD_UNKNOWN');
  };

  const once = await pushTo({ misbehave: first(1, isLayer, forget) });
  const always = await pushTo({ misbehave: first(99, isLayer, forget) });

  expect(once.result?.blobs).toHaveLength(2);
  expect(once.registry.calls.filter(isLayer)).toHaveLength(2);
  expect(always.error?.message).toContain('BLOB_UPLOAD_UNKNOWN');
  expect(always.registry.calls.filter(isLayer)).toHaveLength(2);
});

test.for(['POST upload', 'PUT upload', 'HEAD blob', 'PUT manifest', 'GET manifest'])(
  'retries a transient failure at %s (fault 5, registry-pusher)',
  async (what) => {
    for (const status of [408, 500, 502, 503, 504]) {
      const failOnce = first(
        1,
        (call) => call.what === what,
        async (call) => refuse(call, status, 'UNKNOWN'),
      );
      const { result } = await pushTo({ misbehave: failOnce });
      expect(result?.blobs, String(status)).toHaveLength(2);
    }
  },
);

test('reports a persistent failure with status, text and request ID (fault 5, registry-pusher)', async () => {
  const { error, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      respond(call, 503, { 'request-id': 'abc-123' }, Buffer.from('<h1>Down for\r\nmaintenance</h1>'));
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(error?.message).toMatch(/^POST http:\S+: 503: Down for maintenance \(request abc-123\)\. /);
  expect(registry.count('POST upload')).toBeLessThanOrEqual(6);
});

test('waits as long as Retry-After says (fault 6, registry-pusher)', async () => {
  const limited = first(
    1,
    (call) => call.what === 'POST upload',
    (call) => refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '1' }),
  );
  const start = performance.now();

  const { result } = await pushTo({ misbehave: limited });

  expect(result?.blobs).toHaveLength(2);
  expect(performance.now() - start).toBeGreaterThan(1000);
});

test('retries at once with Retry-After: 0 (fault 6, registry-pusher)', async () => {
  const limited = (call: Call) => refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '0' });
  await using registry = await startRegistry({ misbehave: first(1, () => true, limited) });
  await using client = impatientClient({ timing: { backoff: 60_000 } });
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };

  expect(await client.getImage(reference, { signal: AbortSignal.timeout(5000) })).toBeUndefined();
});

test('can be canceled during a Retry-After (fault 6, registry-pusher)', async () => {
  const controller = new AbortController();
  await using registry = await startRegistry({
    misbehave: (call) => {
      refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '120' });
      return true;
    },
  });
  // undici reports here that a response has arrived. Right after that the client starts to wait.
  const onResponse = () => setImmediate(() => controller.abort());
  subscribe('undici:request:trailers', onResponse);
  onTestFinished(() => void unsubscribe('undici:request:trailers', onResponse));
  await using client = impatientClient({ timing: { maxRetryAfter: 600_000 } });
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };

  await expect(client.getImage(reference, { signal: controller.signal })).rejects.toMatchObject({
    code: 'ABORTED',
    message: 'Canceled while waiting for the registry.',
  });
  expect(registry.calls).toHaveLength(1);
});

test('fails at once on a Retry-After above the maximum (fault 6, registry-pusher)', async () => {
  const { error } = await pushTo({
    misbehave: (call) => {
      refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '3600' });
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_RATE_LIMITED', message: expect.stringContaining('in 3600 s') });
});

test('reports denied access with the repository, without retries (fault 9, registry-pusher)', async () => {
  const { error, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      refuse(call, 403, 'DENIED');
      return true;
    },
  });

  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringMatching(/DENIED.*127\.0\.0\.1:\d+\/shop\/web/),
  });
  expect(registry.count('POST upload')).toBeLessThanOrEqual(2);
});

test.for([false, true])(
  'follows the Location of an upload and keeps its query; absolute: %s (fault 12, registry-pusher)',
  async (absolute) => {
    const { result, registry } = await pushTo({ absoluteLocations: absolute });

    expect(result?.blobs).toHaveLength(2);
    const put = registry.calls.find(isLayer)!;
    expect(put.request.url).toMatch(/\?state=a%2Bb%2F\d+%3D&digest=sha256%3A[0-9a-f]{64}$/);
  },
);

test('keeps a signed query unchanged (fault 12, registry-pusher)', async () => {
  const query = 'state=a%2Bb%2F7%3D&signature=a%20b~(c)&flag';
  const { result, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      respond(call, 202, { location: `/v2/shop/web/blobs/uploads/7?${query}` });
      return true;
    },
  });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.calls.find(isLayer)!.request.url).toContain(`?${query}&digest=sha256%3A`);
});

test("doesn't follow a redirect that would change the method (fault 12, registry-pusher)", async () => {
  const { error, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      respond(call, 302, { location: '/elsewhere' });
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL' });
  expect(registry.calls.map(({ url }) => url.pathname)).not.toContain('/elsewhere');
});

test('reports an upload without a Location (fault 14, registry-pusher)', async () => {
  const { error } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      respond(call, 202);
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL', message: expect.stringContaining('no Location') });
});

test.for([401, 403, 405, 412, 500, 501])(
  'reads a HEAD with status %i neither as a missing blob nor as the end: it asks with GET (faults 20, 153, registry-pusher)',
  async (status) => {
    const image = imageFrom(layerOf('one'));
    await using registry = await startRegistry({
      misbehave: (call) => {
        if (call.what !== 'HEAD blob') return false;
        respond(call, status);
        return true;
      },
    });
    await using client = impatientClient();
    const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
    await client.push(image, target);
    const requests = registry.calls.length;

    const again = await client.push(image, target);

    const isServerError = status === 500;
    expect(again.sentBytes).toBe(isServerError ? again.blobs.reduce((sum, { size }) => sum + size, 0) : 0);
    const methods = registry.calls.slice(requests).map(({ what }) => what);
    expect(methods.filter((what) => what === 'GET blob')).toHaveLength(isServerError ? 0 : 2);
  },
);

test('pushes with credentials that may not read (faults 20, 132, registry-pusher)', async () => {
  const { result } = await pushTo({
    misbehave: (call) => {
      if (call.method !== 'HEAD' && call.method !== 'GET') return false;
      refuse(call, 403, 'DENIED');
      return true;
    },
  });

  expect(result?.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
});

test('falls back to GET for a registry without HEAD (fault 20, registry-pusher)', async () => {
  const { result, registry } = await pushTo({
    misbehave: (call) => {
      if (call.method !== 'HEAD') return false;
      respond(call, 405);
      return true;
    },
  });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.count('GET blob')).toBe(2);
});

test('falls back to GET for a store whose URLs are signed for GET only (fault 20, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'HEAD blob' || registry.blobs.size < 2) return false;
      if (call.url.search === '') respond(call, 307, { location: `${call.url.pathname}?signature=x` });
      else respond(call, 403);
      return true;
    },
  });
  await using client = impatientClient();
  const image = imageFrom(incompressible(100));
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  await client.push(image, target);

  expect(await client.push(image, target)).toMatchObject({ sentBytes: 0 });
});

test.for([
  ['names another digest', { 'docker-content-digest': digestOf('another') }],
  ['has another length', { 'content-length': '5' }],
] as [string, Record<string, string>][])(
  "a HEAD whose response %s doesn't mean that the blob is there (faults 20, 30, registry-pusher)",
  async ([, headers]) => {
    const { result } = await pushTo({
      misbehave: (call) => {
        if (call.what !== 'HEAD blob') return false;
        respond(call, 200, headers);
        return true;
      },
    });

    expect(result?.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
  },
);

test('sends the bytes in a PATCH to a registry that accepts none in the PUT', async () => {
  const { result, registry } = await pushTo({
    misbehave: async (call) => {
      if (call.what !== 'PUT upload' || call.headers['content-length'] === '0') return false;
      await readBody(call);
      respond(call, 405);
      return true;
    },
  });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.count('PATCH upload')).toBe(2);
});

test("doesn't accept a proxy's page as success (fault 30, registry-pusher)", async () => {
  const page = Buffer.from('<html>Welcome to our network</html>');
  const html = (call: Call) => {
    respond(call, 200, { 'content-type': 'text/html' }, page);
    return true;
  };

  const { error } = await pushTo({ misbehave: html });

  expect(error).toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('Welcome to our network'),
  });
});

test.for(['PUT upload', 'PUT manifest'])(
  "doesn't accept a proxy's page in response to %s (fault 30, registry-pusher)",
  async (what) => {
    const { error } = await pushTo({
      misbehave: async (call) => {
        if (call.what !== what) return false;
        await readBody(call);
        respond(call, 200, { 'content-type': 'text/html' }, Buffer.from('<html>Welcome</html>'));
        return true;
      },
    });

    expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL', message: expect.stringContaining('Welcome') });
  },
);

test('reads at most 64 KiB of an endless error (fault 31, registry-pusher)', async () => {
  let written = 0;
  const { error } = await pushTo({
    misbehave: async (call) => {
      if (call.method === 'HEAD') return false;
      call.response.writeHead(403);
      const line = Buffer.alloc(16 * 1024, 'no! ');
      call.response.on('error', () => undefined);
      while (!call.response.destroyed && !call.request.socket.destroyed) {
        written += line.length;
        if (!call.response.write(line))
          await new Promise((done) => call.response.once('drain', done).once('close', done));
      }
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
  expect(error!.message.length).toBeLessThan(500);
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

test("doesn't wait for more than 64 KiB of an error (fault 31, registry-pusher)", async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      call.response.writeHead(403).write(Buffer.alloc(64 * 1024, 'no! '));
      return true;
    },
  });
  await using client = impatientClient();
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  const start = performance.now();

  await expect(client.getImage(reference)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  expect(performance.now() - start).toBeLessThan(25_000);
});

test('retries a stalled upload (fault 26, registry-pusher)', async () => {
  const { result, registry } = await pushTo(
    { misbehave: first(1, isLayer, (call) => void call.request.pause()) },
    { stall: 1000 },
  );

  expect(result?.blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(2);
});

test('gives up on an upload that always stalls (fault 26, registry-pusher)', async () => {
  const { error } = await pushTo(
    { misbehave: first(99, isLayer, (call) => void call.request.pause()) },
    { stall: 50, maxAttempts: 2 },
  );

  expect(error).toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('no data moved in either direction'),
  });
});

test('limits the time of a whole push (fault 26, registry-pusher)', async () => {
  const { error } = await pushTo(
    { misbehave: first(99, isLayer, (call) => void call.request.pause()) },
    { stall: 5000, push: 200 },
  );

  expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', message: expect.stringContaining('timed out after') });
});

test("doesn't give up on a slow registry that makes progress (fault 27, registry-pusher)", async () => {
  const slowly = async (call: Call) => {
    const { socket } = call.request;
    const bytes: Buffer[] = [];
    for await (const chunk of call.request as AsyncIterable<Buffer>) {
      bytes.push(chunk);
      await sleep(chunk.length / 1600);
    }
    registry.putBlob('shop/web', Buffer.concat(bytes));
    if (!socket.destroyed) respond(call, 201);
  };
  await using registry = await startRegistry({ misbehave: first(1, isLayer, slowly) });
  await using client = impatientClient({ timing: { stall: 3000 } });

  const start = performance.now();
  await client.push(imageFrom(incompressible(8_000_000)), {
    registry: registry.name,
    repository: 'shop/web',
    tag: 'latest',
  });

  expect(performance.now() - start).toBeGreaterThan(4000);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});

test('allows time for data in system buffers (fault 27, registry-pusher)', async () => {
  const { result, registry } = await pushTo(
    {
      misbehave: async (call) => {
        if (isLayer(call)) await sleep(1400);
        return false;
      },
    },
    { stall: 800 },
    130_000,
  );

  expect(result?.blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});
