import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../faults/fault.ts';
import { isRecord, readBody, type Reply, send, targetOf } from '../http/exchange.ts';
import { matchRoute, type Route } from '../http/routes.ts';
import type { Sandbox } from '../sandbox.ts';
import type { Intercept } from '../server.ts';
import type { SandboxStatus } from './status.ts';

/** What the background process lets itself be told. */
export interface AdminTarget {
  readonly sandbox: Sandbox;
  status(): SandboxStatus;
  /** Ends the process, after the answer. */
  stop(): void;
}

type Handle = (target: AdminTarget, request: IncomingMessage) => Reply | Promise<Reply>;

const prefix = '/_sandbox/';

const routes: readonly Route<Handle>[] = [
  { method: 'GET', pattern: '/_sandbox/status', handle: (target) => ({ status: 200, body: target.status() }) },
  {
    method: 'GET',
    pattern: '/_sandbox/journal',
    handle: ({ sandbox }) => ({ status: 200, body: sandbox.journal.entries() }),
  },
  { method: 'GET', pattern: '/_sandbox/apps', handle: ({ sandbox }) => ({ status: 200, body: sandbox.apps() }) },
  {
    method: 'POST',
    pattern: '/_sandbox/apps',
    handle: async ({ sandbox }, request) => {
      const body: unknown = JSON.parse(await readBody(request));
      const name = isRecord(body) && typeof body['name'] === 'string' ? body['name'] : '';
      sandbox.journal.touch();
      const webUrl = sandbox.appUrl(name);
      return { status: 200, body: webUrl === undefined ? await sandbox.createApp(name) : { name, webUrl } };
    },
  },
  {
    method: 'GET',
    pattern: '/_sandbox/faults',
    handle: ({ sandbox }) => ({ status: 200, body: sandbox.faults.list() }),
  },
  {
    method: 'POST',
    pattern: '/_sandbox/faults',
    handle: async ({ sandbox }, request) => {
      sandbox.faults.add(JSON.parse(await readBody(request)) as Fault);
      return { status: 200, body: {} };
    },
  },
  {
    method: 'DELETE',
    pattern: '/_sandbox/faults',
    handle: ({ sandbox }) => {
      sandbox.faults.clear();
      return { status: 200, body: {} };
    },
  },
  {
    method: 'POST',
    pattern: '/_sandbox/reset',
    handle: async ({ sandbox }) => {
      await sandbox.reset();
      return { status: 200, body: {} };
    },
  },
  {
    method: 'POST',
    pattern: '/_sandbox/stop',
    handle: (target) => {
      setImmediate(() => target.stop());
      return { status: 202, body: {}, headers: { connection: 'close' } };
    },
  },
];

/** The process's own paths, `/_sandbox/…`, for who holds the token; all others are left to the API. */
export function adminIntercept(token: string, target: () => AdminTarget): Intercept {
  return (request, response) => {
    const { pathname } = targetOf(request);
    if (!pathname.startsWith(prefix)) return false;
    void answer(token, target(), pathname, request, response);
    return true;
  };
}

async function answer(
  token: string,
  target: AdminTarget,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isBearer(request.headers.authorization ?? '', token)) {
    return send(response, { status: 401, body: { message: 'This path needs the token from connection.json.' } });
  }
  const match = matchRoute(routes, request.method ?? '', pathname);
  if (match.kind !== 'found') return send(response, { status: 404, body: { message: 'No such path.' } });
  try {
    send(response, await match.handle(target, request));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send(response, { status: 400, body: { message } });
  }
}

function isBearer(header: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${token}`));
}
