import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { imageFrom, incompressible } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { answer, type Call, readBody, refuse, type RegistryOptions, startRegistry } from '../../testing/registry.ts';

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

/** Whether a call is about the layer, not about the small config. */
function isLayer({ what, headers }: Call): boolean {
  return (what === 'PUT upload' || what === 'PATCH upload') && Number(headers['content-length']) > 100_000;
}

/** Misbehaves at the first `times` calls that fit. */
function first(times: number, fits: (call: Call) => boolean, misbehave: (call: Call) => void | Promise<void>) {
  let seen = 0;
  return async (call: Call) => {
    if (!fits(call) || seen >= times) return false;
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

/** Takes the blob as it should, and breaks the connection instead of answering. */
const storeAndReset =
  (registry: () => { putBlob(repository: string, bytes: Buffer): unknown }) => async (call: Call) => {
    const bytes = await readBody(call);
    registry().putBlob('shop/web', bytes);
    call.request.socket.resetAndDestroy();
  };

test('a connection that is reset in the middle of a blob costs one more try (fault 1)', async () => {
  const { result, registry } = await pushTo({ misbehave: first(1, isLayer, resetAfter(200_000)) });

  expect(result?.blobs.every(({ outcome }) => outcome === 'sent')).toBe(true);
  expect(registry.calls.filter(isLayer)).toHaveLength(2);
  expect(result!.sentBytes).toBeGreaterThan(size);
});

test('a connection that is always reset is given up after a few tries (fault 1)', async () => {
  const { error, registry } = await pushTo({ misbehave: first(99, isLayer, resetAfter(200_000)) });

  expect(error).toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringMatching(/^PUT http.*(?:ECONNRESET|EPIPE)/),
  });
  expect(registry.calls.filter(isLayer)).toHaveLength(3);
});

test('an answer that was lost after the last byte does not send the blob again (fault 2)', async () => {
  await using registry = await startRegistry({
    misbehave: first(1, isLayer, (call) => storeAndReset(() => registry)(call)),
  });
  await using client = impatientClient();

  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  const { blobs } = await client.push(imageFrom(incompressible(size)), target);

  expect(blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});

test('an upload that the registry has forgotten is a success when the blob is there (fault 3)', async () => {
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

test('an upload that the registry has forgotten is sent whole once more, and only once (fault 4)', async () => {
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
  'trouble of the registry at %s is waited out (fault 5)',
  async (what) => {
    for (const status of [408, 500, 502, 503, 504]) {
      const trouble = first(
        1,
        (call) => call.what === what,
        async (call) => refuse(call, status, 'UNKNOWN'),
      );
      const { result } = await pushTo({ misbehave: trouble });
      expect(result?.blobs, String(status)).toHaveLength(2);
    }
  },
);

test('trouble that does not end is told with status, text and request id (fault 5)', async () => {
  const { error, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      answer(call, 503, { 'request-id': 'abc-123' }, Buffer.from('<h1>Down for\r\nmaintenance</h1>'));
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  expect(error?.message).toMatch(/^POST http:\S+: 503: Down for maintenance \(request abc-123\)\. /);
  expect(registry.count('POST upload')).toBeLessThanOrEqual(6);
});

test('a registry that says how long to wait is waited for that long (fault 6)', async () => {
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

test('a registry that asks for no wait is asked again at once (fault 6)', async () => {
  const limited = (call: Call) => refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '0' });
  await using registry = await startRegistry({ misbehave: first(1, () => true, limited) });
  await using client = impatientClient({ timing: { backoff: 60_000 } });
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };

  expect(await client.getImage(reference, { signal: AbortSignal.timeout(5000) })).toBeUndefined();
});

test('a wait that the registry asks for can be cancelled (fault 6)', async () => {
  const controller = new AbortController();
  await using registry = await startRegistry({
    misbehave: (call) => {
      refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '120' });
      setTimeout(() => controller.abort(), 50);
      return true;
    },
  });
  await using client = impatientClient({ timing: { maxRetryAfter: 600_000 } });
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };

  await expect(client.getImage(reference, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(registry.calls).toHaveLength(1);
});

test('a wait longer than anyone has is not begun, and named (fault 6)', async () => {
  const { error } = await pushTo({
    misbehave: (call) => {
      refuse(call, 429, 'TOOMANYREQUESTS', { 'retry-after': '3600' });
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_RATE_LIMITED', message: expect.stringContaining('in 3600 s') });
});

test('credentials without the right are told with the repository and not tried again (fault 9)', async () => {
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

test('a 400 without a body is read as Heroku means it: not your app (fault 10)', async () => {
  const { error } = await pushTo({
    misbehave: (call) => {
      answer(call, 400);
      return true;
    },
  });

  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    message: expect.stringContaining("isn't an app of this account"),
  });
});

test('a 400 that says why is told as it says (fault 10)', async () => {
  const { error } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      refuse(call, 400, 'NAME_INVALID');
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL', message: expect.stringContaining('NAME_INVALID') });
});

test.for([false, true])(
  'an upload goes where it is told, its query untouched; in full: %s (fault 12)',
  async (absolute) => {
    const { result, registry } = await pushTo({ absoluteLocations: absolute });

    expect(result?.blobs).toHaveLength(2);
    const put = registry.calls.find(isLayer)!;
    expect(put.request.url).toMatch(/\?state=a%2Bb%2F\d+%3D&digest=sha256%3A[0-9a-f]{64}$/);
  },
);

test('a query that may be signed stays as it was written (fault 12)', async () => {
  const query = 'state=a%2Bb%2F7%3D&signature=a%20b~(c)&flag';
  const { result, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      answer(call, 202, { location: `/v2/shop/web/blobs/uploads/7?${query}` });
      return true;
    },
  });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.calls.find(isLayer)!.request.url).toContain(`?${query}&digest=sha256%3A`);
});

test('a redirect that would change the method is not followed (fault 12)', async () => {
  const { error, registry } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      answer(call, 302, { location: '/elsewhere' });
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL' });
  expect(registry.calls.map(({ url }) => url.pathname)).not.toContain('/elsewhere');
});

test('an upload without an address is a clear error (fault 14)', async () => {
  const { error } = await pushTo({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      answer(call, 202);
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL', message: expect.stringContaining('no Location') });
});

test.for([
  [401, 'REGISTRY_PROTOCOL', 1],
  [403, 'REGISTRY_DENIED', 1],
  [500, 'REGISTRY_UNREACHABLE', 3],
] as const)('a HEAD that is answered with %i never reads as "not there" (fault 20)', async ([status, code, tries]) => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'HEAD blob') return false;
      answer(call, status);
      return true;
    },
  });
  await using client = impatientClient();

  const push = client.push(imageFrom(), { registry: registry.name, repository: 'shop/web', tag: 'latest' });

  await expect(push).rejects.toMatchObject({ code });
  expect(registry.count('HEAD blob')).toBe(tries);
  expect(registry.count('POST upload')).toBe(0);
});

test('a registry without HEAD is asked by GET (fault 20)', async () => {
  const { result, registry } = await pushTo({
    misbehave: (call) => {
      if (call.method !== 'HEAD') return false;
      answer(call, 405);
      return true;
    },
  });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.count('GET blob')).toBe(2);
});

test('a store whose signed addresses are for GET alone is asked by GET (fault 20)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'HEAD blob' || registry.blobs.size < 2) return false;
      if (call.url.search === '') answer(call, 307, { location: `${call.url.pathname}?signature=x` });
      else answer(call, 403);
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
  ['tells another length', { 'content-length': '5' }],
] as [string, Record<string, string>][])(
  'a HEAD whose answer %s does not say that the blob is there (faults 20, 30)',
  async ([, headers]) => {
    const { result } = await pushTo({
      misbehave: (call) => {
        if (call.what !== 'HEAD blob') return false;
        answer(call, 200, headers);
        return true;
      },
    });

    expect(result?.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
  },
);

test('a registry that takes no bytes in the last request gets them before it', async () => {
  const { result, registry } = await pushTo({
    misbehave: async (call) => {
      if (call.what !== 'PUT upload' || call.headers['content-length'] === '0') return false;
      await readBody(call);
      answer(call, 405);
      return true;
    },
  });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.count('PATCH upload')).toBe(2);
});

test('a page of a proxy is no success (fault 30)', async () => {
  const page = Buffer.from('<html>Welcome to our network</html>');
  const html = (call: Call) => {
    answer(call, 200, { 'content-type': 'text/html' }, page);
    return true;
  };

  const { error } = await pushTo({ misbehave: html });

  expect(error).toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('Welcome to our network'),
  });
});

test.for(['PUT upload', 'PUT manifest'])(
  'a page of a proxy in answer to %s alone is no success (fault 30)',
  async (what) => {
    const { error } = await pushTo({
      misbehave: async (call) => {
        if (call.what !== what) return false;
        await readBody(call);
        answer(call, 200, { 'content-type': 'text/html' }, Buffer.from('<html>Welcome</html>'));
        return true;
      },
    });

    expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL', message: expect.stringContaining('Welcome') });
  },
);

test('of an endless error at most 64 KiB are read (fault 31)', async () => {
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
          await Promise.race([new Promise((done) => call.response.once('drain', done)), sleep(50)]);
      }
      return true;
    },
  });

  expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
  expect(error!.message.length).toBeLessThan(500);
  expect(written).toBeLessThan(64 * 1024 * 1024);
});

test('after 64 KiB of an error nobody waits for more (fault 31)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      call.response.writeHead(403).write(Buffer.alloc(64 * 1024, 'no! '));
      return true;
    },
  });
  await using client = impatientClient({ timing: { stall: 10_000 } });
  const reference = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  const start = performance.now();

  await expect(client.getImage(reference)).rejects.toMatchObject({ code: 'REGISTRY_DENIED' });
  expect(performance.now() - start).toBeLessThan(5000);
});

test('an upload that stalls is given up and tried again (fault 26)', async () => {
  const { result, registry } = await pushTo({ misbehave: first(1, isLayer, (call) => void call.request.pause()) });

  expect(result?.blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(2);
});

test('an upload that always stalls is given up with a clear error (fault 26)', async () => {
  const { error } = await pushTo(
    { misbehave: first(99, isLayer, (call) => void call.request.pause()) },
    { stall: 50, maxAttempts: 2 },
  );

  expect(error).toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    message: expect.stringContaining('no data moved in either direction'),
  });
});

test('a push as a whole has an end (fault 26)', async () => {
  const { error } = await pushTo(
    { misbehave: first(99, isLayer, (call) => void call.request.pause()) },
    { stall: 5000, push: 200 },
  );

  expect(error).toMatchObject({ code: 'REGISTRY_UNREACHABLE', message: expect.stringContaining('was given up') });
});

test('a registry that is slow but moves is not given up (fault 27)', async () => {
  const slowly = async (call: Call) => {
    const { socket } = call.request;
    const bytes: Buffer[] = [];
    for await (const chunk of call.request as AsyncIterable<Buffer>) {
      bytes.push(chunk);
      await sleep(chunk.length / 4000);
    }
    registry.putBlob('shop/web', Buffer.concat(bytes));
    await sleep(10);
    if (!socket.destroyed) answer(call, 201);
  };
  await using registry = await startRegistry({ misbehave: first(1, isLayer, slowly) });
  await using client = impatientClient({ timing: { stall: 1000 } });

  const start = performance.now();
  await client.push(imageFrom(incompressible(8_000_000)), {
    registry: registry.name,
    repository: 'shop/web',
    tag: 'latest',
  });

  expect(performance.now() - start).toBeGreaterThan(1500);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});

test('what the system holds of a body is given time to arrive (fault 27)', async () => {
  const { result, registry } = await pushTo(
    {
      misbehave: async (call) => {
        if (isLayer(call)) await sleep(350);
        return false;
      },
    },
    { stall: 200 },
    130_000,
  );

  expect(result?.blobs).toHaveLength(2);
  expect(registry.calls.filter(isLayer)).toHaveLength(1);
});
