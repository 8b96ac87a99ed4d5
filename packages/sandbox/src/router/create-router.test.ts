import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { send, serve, type TestServer } from '../testing/test-server.ts';
import { until } from '../testing/until.ts';
import { createRouter, type RouterOptions } from './create-router.ts';
import { formatRouterLine } from './routed-request.ts';

/** Opens an app's address with these dynos and collects the router's errors. */
async function address(targets: readonly { readonly port: number }[], options: RouterOptions = {}) {
  const errors: string[] = [];
  const lines: string[] = [];
  const router = createRouter({
    ...options,
    onEnd(app, request) {
      const { result, method, path } = request;
      lines.push(formatRouterLine(request));
      if (typeof result === 'string') errors.push(`${app} ${result} ${method} ${path}`);
    },
  });
  const opened = await router.open('shop');
  opened.setTargets(
    targets.map(({ port }, index) => ({ port, name: `web.${index + 1}` })),
    'H14',
  );
  return { ...opened, errors, lines, [Symbol.asyncDispose]: async () => await router.close() };
}

/** A dyno without HTTP, for behavior that no HTTP server shows. */
async function rawDyno(onConnection: (socket: Socket) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => onConnection(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

async function closedPort(): Promise<{ readonly port: number }> {
  await using server = await serve(() => undefined);
  return { port: server.port };
}

const saying =
  (text: string): RequestListener =>
  (_, response) =>
    void response.end(text);
const echo: RequestListener = (request, response) => {
  buffer(request).then(
    (body) =>
      response.end(
        JSON.stringify({ method: request.method, url: request.url, raw: request.rawHeaders, body: body.toString() }),
      ),
    () => undefined,
  );
};

describe('without a response from a dyno', () => {
  test.each(['H10', 'H14'] as const)('%s: an error page with the code', async (code) => {
    await using app = await address([]);
    app.setTargets([], code);
    const response = await send(app, '/some?thing');
    expect(response).toMatchObject({
      status: 503,
      headers: { 'x-router-error': code, 'cache-control': 'no-cache, no-store' },
    });
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(response.text).toContain(code);
    expect(app.errors).toEqual([`shop ${code} GET /some?thing`]);
  });

  test('H14 before any dyno is known', async () => {
    await using app = await address([]);
    expect(await send(app, '/')).toMatchObject({ status: 503, headers: { 'x-router-error': 'H14' } });
  });

  test('H21 when no dyno accepts a connection', async () => {
    await using app = await address([await closedPort(), await closedPort()]);
    expect(await send(app, '/')).toMatchObject({ status: 503, headers: { 'x-router-error': 'H21' } });
  });

  test('H13 when the dyno closes without a response', async () => {
    await using dyno = await rawDyno((socket) => socket.once('data', () => socket.destroy()));
    await using app = await address([dyno]);
    expect(await send(app, '/')).toMatchObject({ status: 503, headers: { 'x-router-error': 'H13' } });
  });

  test('H17 when the response is not HTTP', async () => {
    await using dyno = await rawDyno((socket) => socket.end('SSH-2.0-OpenSSH\r\n'));
    await using app = await address([dyno]);
    expect(await send(app, '/')).toMatchObject({ status: 503, headers: { 'x-router-error': 'H17' } });
  });

  test('H12 when the response does not start in time', async () => {
    await using dyno = await serve(() => undefined);
    await using app = await address([dyno], { firstByteMs: 50 });
    expect(await send(app, '/')).toMatchObject({ status: 503, headers: { 'x-router-error': 'H12' } });
  });

  test('H15 when the response stalls, H18 when it breaks off: the client’s connection ends', async () => {
    await using dyno = await serve(({ url }, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half', () => url === '/breaks' && response.destroy());
    });
    await using app = await address([dyno], { idleMs: 100 });
    await expect(send(app, '/stops')).rejects.toThrow(/aborted|hang up/);
    await expect(send(app, '/breaks')).rejects.toThrow(/aborted|hang up/);
    expect(app.errors).toEqual(['shop H15 GET /stops', 'shop H18 GET /breaks']);
  });

  test('H27 when the client disconnects: the dyno’s connection ends', async () => {
    let isReached = false;
    let isClosed = false;
    await using dyno = await serve((request) => {
      isReached = true;
      request.socket.once('close', () => (isClosed = true));
    });
    await using app = await address([dyno]);
    const request = httpRequest(app.url).on('error', () => undefined);
    request.end();
    await until(() => isReached, Boolean);
    request.destroy();
    await until(() => isClosed, Boolean);
    await until(
      () => app.errors,
      ({ length }) => length === 1,
    );
    expect(app.errors).toEqual(['shop H27 GET /']);
  });

  test('H80: the maintenance page while maintenance is on', async () => {
    await using dyno = await serve(saying('app'));
    await using app = await address([dyno]);
    app.setMaintenance(true);
    const response = await send(app, '/');
    expect(response).toMatchObject({ status: 503, headers: { 'x-router-error': 'H80' } });
    expect(response.text).toContain('maintenance');
    app.setMaintenance(false);
    expect(await send(app, '/')).toMatchObject({ status: 200, text: 'app' });
  });
});

describe('with several dynos', () => {
  test('requests rotate', async () => {
    await using one = await serve(saying('one'));
    await using two = await serve(saying('two'));
    await using app = await address([one, two]);
    const responses = [await send(app, '/'), await send(app, '/'), await send(app, '/'), await send(app, '/')];
    expect(responses.map(({ text }) => text)).toEqual(['one', 'two', 'one', 'two']);
  });

  test('skips one that refuses connections, with the request’s body intact', async () => {
    await using dyno = await serve(echo);
    await using app = await address([await closedPort(), dyno]);
    for (const body of ['first', 'second']) {
      const response = await send(app, '/', { method: 'POST', body });
      expect(JSON.parse(response.text)).toMatchObject({ method: 'POST', body });
    }
  });

  test('new ones take over while an open request stays where it is', async () => {
    let finish: (() => void) | undefined;
    await using old = await serve((_, response) => {
      response.write('old ');
      finish = () => response.end('finished');
    });
    await using fresh = await serve(saying('fresh'));
    await using app = await address([old]);
    const running = send(app, '/');
    await until(() => finish, Boolean);
    app.setTargets([{ name: 'web.1', port: fresh.port }], 'H14');
    expect((await send(app, '/')).text).toBe('fresh');
    finish?.();
    expect((await running).text).toBe('old finished');
  });
});

describe('forwards', () => {
  test('method, path, headers and body unchanged, and adds Heroku’s headers', async () => {
    await using dyno = await serve(echo);
    await using app = await address([dyno]);
    const response = await send(app, '/a%2Fb?x=1&x=2', {
      method: 'PUT',
      body: 'größe',
      headers: {
        Host: 'shop.example',
        'X-Custom': 'Value',
        'X-Forwarded-For': '10.1.2.3',
        'Keep-Alive': '5',
        TE: 'trailers',
      },
    });
    const { method, url, body, raw } = JSON.parse(response.text) as {
      method: string;
      url: string;
      body: string;
      raw: string[];
    };
    const headers = Object.fromEntries(raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]]] : [])));
    expect({ method, url, body }).toEqual({ method: 'PUT', url: '/a%2Fb?x=1&x=2', body: 'größe' });
    await until(
      () => app.lines,
      ({ length }) => length === 1,
    );
    expect(app.lines).toEqual([
      expect.stringMatching(
        /^at=info method=PUT path="\/a%2Fb\?x=1&x=2" host=shop\.example request_id=\S+ fwd="10\.1\.2\.3, 127\.0\.0\.1" dyno=web\.1 connect=\d+ms service=\d+ms status=200 bytes=\d\d\d protocol=http$/,
      ),
    ]);
    expect(headers).toEqual({
      Host: 'shop.example',
      'X-Custom': 'Value',
      'content-length': '7',
      'X-Forwarded-For': '10.1.2.3, 127.0.0.1',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Port': String(app.port),
      'X-Request-Id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'X-Request-Start': expect.stringMatching(/^\d{13}$/),
      Via: '1.1 heroku-router',
      Connection: 'close',
    });
  });

  test.each([
    ['a-request-id-of-the-client', true],
    ['short', false],
    ['with spaces, which IDs cannot contain', false],
  ])('keeps the request ID %j: %s', async (id, kept) => {
    await using dyno = await serve((request, response) => void response.end(request.headers['x-request-id']));
    await using app = await address([dyno]);
    expect((await send(app, '/', { headers: { 'X-Request-Id': id } })).text === id).toBe(kept);
  });

  test('status, status text and repeated headers', async () => {
    await using dyno = await serve((_, response) => {
      response
        .writeHead(418, 'Short and stout', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Answer', 'yes'])
        .end('tea');
    });
    await using app = await address([dyno]);
    const response = await new Promise<IncomingMessage>((resolve) => httpRequest(app.url, resolve).end());
    expect([response.statusCode, response.statusMessage, response.headers['x-answer']]).toEqual([
      418,
      'Short and stout',
      'yes',
    ]);
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect((await buffer(response)).toString()).toBe('tea');
  });

  test('HEAD, 204 and 304 without a body', async () => {
    await using dyno = await serve(({ url }, response) => {
      response.writeHead(Number(url?.slice(1)), url === '/200' ? { 'content-length': 5 } : {}).end();
    });
    await using app = await address([dyno]);
    expect(await send(app, '/200', { method: 'HEAD' })).toMatchObject({
      status: 200,
      headers: { 'content-length': '5' },
    });
    expect(await send(app, '/204')).toMatchObject({ status: 204, text: '' });
    expect(await send(app, '/304')).toMatchObject({ status: 304, text: '' });
  });

  test('streams in both directions', async () => {
    await using dyno = await serve((request, response) => void request.pipe(response));
    await using app = await address([dyno]);
    const request = httpRequest(app.url, { method: 'POST' });
    request.flushHeaders();
    const response = await new Promise<IncomingMessage>((resolve) => {
      request.once('response', resolve);
      request.write('ping');
    });
    const pieces: string[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece.toString()));
    await until(
      () => pieces.join(''),
      (text) => text === 'ping',
    );
    request.end('pong');
    await until(() => response.complete, Boolean);
    expect(pieces.join('')).toBe('pingpong');
  });

  test('20 MB in both directions at the reader’s pace', async () => {
    await using dyno = await serve((request, response) => void request.pipe(response));
    await using app = await address([dyno]);
    const body = Buffer.alloc(20_000_000, 'x');
    expect((await send(app, '/', { method: 'POST', body })).bytes.equals(body)).toBe(true);
  });
});

describe('websockets', () => {
  const upgrade =
    'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n';

  /** Sends `first`, then each reply after its prompt. Returns everything received. */
  async function talk(
    port: number,
    first: string,
    replies: readonly (readonly [string, string])[] = [],
  ): Promise<string> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write(first);
    for (const [prompt, reply] of replies) {
      await until(
        () => received,
        (text) => text.endsWith(prompt),
      );
      socket.write(reply);
    }
    await new Promise((resolve) => socket.once('close', resolve));
    return received;
  }

  test('without a dyno: the error page', async () => {
    await using app = await address([]);
    expect(await talk(app.port, upgrade)).toMatch(/^HTTP\/1\.1 503 .*\r\n[\s\S]*x-router-error: H14\r\n/);
  });

  test('a dyno can refuse the upgrade with any response', async () => {
    await using dyno = await serve((_, response) => void response.writeHead(426, { 'x-why': 'no chat' }).end('none'));
    await using app = await address([dyno]);
    expect(await talk(app.port, upgrade)).toMatch(
      /^HTTP\/1\.1 426 Upgrade Required\r\n[\s\S]*x-why: no chat\r\n[\s\S]*none/,
    );
  });

  test('pass in both directions after the dyno agrees', async () => {
    const server = createServer();
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const key = ['upgrade', 'sec-websocket-key', 'x-forwarded-proto'].map((name) => request.headers[name]).join(' ');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Key: ${key}\r\n\r\nhello `,
      );
      socket.on('data', (chunk: Buffer) => (chunk.toString() === 'bye' ? socket.end('bye') : socket.write(chunk)));
      if (head.length > 0) socket.write(head);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await using app = await address([server.address() as AddressInfo]);
    const received = await talk(app.port, `${upgrade}early `, [
      ['early ', 'more '],
      ['more ', 'bye'],
    ]);
    expect(received).toMatch(/^HTTP\/1\.1 101 .*\r\n[\s\S]*X-Key: websocket k http\r\n\r\nhello early more bye$/);
    server.close();
  });
});

describe('addresses', () => {
  test('uses the preferred port if it is free, else another', async () => {
    const router = createRouter();
    const free = await closedPort();
    const first = await router.open('shop', free.port);
    const second = await router.open('blog', free.port);
    expect(first.url).toBe(`http://127.0.0.1:${free.port}/`);
    expect(second.port).not.toBe(free.port);
    await router.close();
  });

  test('close() ends open connections, websockets too', async () => {
    await using dyno = await rawDyno((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    });
    const router = createRouter();
    const opened = await router.open('shop');
    opened.setTargets([{ name: 'web.1', port: dyno.port }], 'H14');
    const socket = connect(opened.port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await router.close();
    await closed;
    await expect(send(opened, '/')).rejects.toThrow('ECONNREFUSED');
  });
});
