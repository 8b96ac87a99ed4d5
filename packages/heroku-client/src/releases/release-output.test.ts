import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi, type FakeResponse, type FakeApi } from '../testing/fake-api.ts';
import { abortInSleep } from '../testing/virtual-clock.ts';

const notOpen: FakeResponse = { status: 404, text: 'no stream yet' };

describe('release output', () => {
  it.each([
    ['plain http on another machine', 'http://release-output.example.com/streams/1', 'HOST_REFUSED'],
    ['a file', 'file:///etc/passwd', 'HOST_REFUSED'],
    ['a path', '/streams/1', 'OPTIONS_INVALID'],
  ])("isn't read from %s", async (_name, url, code) => {
    await using api = await fakeApi(() => ({ text: '' }));
    const { signal } = new AbortController();
    expect(await failureOf((async () => clientOf(api).releaseOutput(url, { signal }))())).toMatchObject({ code });
  });

  it('fails on a rejection, without showing the URL (fault 90, heroku-client)', async () => {
    await using api = await fakeApi(() => ({ status: 403, text: 'expired' }));
    const error = await failureOf(read(api, { path: '/streams/secret-stream?signature=secret' }));
    expect(error.message).toContain(`GET ${api.url}/…: FORBIDDEN: the release's output returned 403.`);
    expect(error.message).not.toContain('secret');
  });

  it("doesn't follow redirects", async () => {
    await using api = await fakeApi(() => ({ status: 302, headers: { location: '/elsewhere' }, text: '' }));
    expect((await failureOf(read(api))).code).toBe('PROTOCOL');
    expect(api.seen).toHaveLength(1);
  });

  it('is requested without credentials until it opens (fault 66, heroku-client)', async () => {
    await using api = await fakeApi((_request, count) => (count < 4 ? notOpen : { text: 'migrating\ndone\n' }));
    expect(await read(api)).toEqual(['migrating', 'done']);
    expect(api.seen).toHaveLength(4);
    for (const { headers } of api.seen) {
      expect(headers.authorization).toBeUndefined();
      expect(headers.accept).toBe('text/plain');
    }
  });

  it('resumes at the same byte after a lost connection, not counting heartbeats (fault 66, heroku-client)', async () => {
    const lost = lostConnection('one\n\0\0caf\u00c3');
    await using api = await fakeApi((_request, count) => {
      if (count === 1) return lost.respond;
      if (count === 2) return notOpen;
      return (response) => response.writeHead(206).end('\u00a9\nthree\n', 'latin1');
    });
    expect(await read(api, { onLine: lost.cut })).toEqual(['one', 'café', 'three']);
    expect(api.seen.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=8-', 'bytes=8-']);
  });

  it('skips known output from a server that sends everything again (fault 66, heroku-client)', async () => {
    const lost = lostConnection('one\ntwo\nth');
    await using api = await fakeApi((_request, count) => (count === 1 ? lost.respond : { text: 'one\ntwo\nthree\n' }));
    expect(await read(api, { onLine: lost.cut })).toEqual(['one', 'two', 'three']);
  });

  it('ends when there is nothing left after a lost connection (fault 66, heroku-client)', async () => {
    const lost = lostConnection('done\n');
    await using api = await fakeApi((_request, count) => (count === 1 ? lost.respond : { status: 416, text: '' }));
    expect(await read(api, { onLine: lost.cut })).toEqual(['done']);
  });

  it('ends without an error when aborted (fault 66, heroku-client)', async () => {
    const controller = new AbortController();
    await using api = await fakeApi(() => (response) => response.write('still here\n'));
    const lines: string[] = [];
    for await (const line of clientOf(api).releaseOutput(`${api.url}/streams/1`, { signal: controller.signal })) {
      lines.push(line);
      controller.abort();
    }
    expect(lines).toEqual(['still here']);
  });

  it('ends without an error when aborted before it opens (fault 66, heroku-client)', async () => {
    await using api = await fakeApi(() => notOpen);
    const controller = new AbortController();
    const client = clientOf(api, { clock: abortInSleep(controller) });
    const lines: string[] = [];
    for await (const line of client.releaseOutput(`${api.url}/streams/1`, { signal: controller.signal }))
      lines.push(line);
    expect(lines).toEqual([]);
  });

  it('closes the connection when the reader leaves the loop', async () => {
    let closed: Promise<unknown> | undefined;
    await using api = await fakeApi(() => (response) => {
      closed = new Promise((resolve) => {
        response.on('close', resolve);
      });
      response.write('one\ntwo\n');
    });
    const { signal } = new AbortController();
    for await (const line of clientOf(api).releaseOutput(`${api.url}/streams/1`, { signal })) if (line === 'one') break;
    await closed;
    expect(api.seen).toHaveLength(1);
  });
});

/** A response that sends text in one piece and stays open until its connection is cut: once the text has arrived. */
function lostConnection(text: string) {
  let socket: Socket | null = null;
  return {
    respond: (response: ServerResponse): void => {
      ({ socket } = response);
      response.writeHead(200, { 'content-type': 'text/plain' }).write(Buffer.from(text, 'latin1'));
    },
    cut: () => socket?.destroy(),
  };
}

async function read(
  api: FakeApi,
  { path = '/streams/1', onLine }: { path?: string; onLine?: () => void } = {},
): Promise<string[]> {
  const lines: string[] = [];
  const { signal } = new AbortController();
  for await (const line of clientOf(api).releaseOutput(`${api.url}${path}`, { signal })) {
    lines.push(line);
    onLine?.();
  }
  return lines;
}
