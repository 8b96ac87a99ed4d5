import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../faults/fault.ts';
import { rowsOf } from '../fidelity/rests-on.ts';
import type { JournalEntry, JournalFilter } from '../journal/entry.ts';
import { isRecord, readBody, type Reply, send, targetOf } from '../http/exchange.ts';
import { matchRoute, type PathParameters, type Route } from '../http/routes.ts';
import type { Sandbox } from '../server/sandbox.ts';
import type { Intercept } from '../server/server.ts';
import { parseTimeMove } from '../time/time-move.ts';
import type { SandboxStatus } from './status.ts';

/** What requests to `/_sandbox/` can reach. */
export interface AdminTarget {
  readonly sandbox: Sandbox;
  status(): SandboxStatus;
  /** Stops the process after the response. */
  stop(): void;
}

type Handle = (target: AdminTarget, request: IncomingMessage, parameters: PathParameters) => Reply | Promise<Reply>;

const prefix = '/_sandbox/';

const routes: readonly Route<Handle>[] = [
  { method: 'GET', pattern: '/_sandbox/status', handle: (target) => ({ status: 200, body: target.status() }) },
  {
    method: 'GET',
    pattern: '/_sandbox/journal',
    handle: ({ sandbox }, request) => ({ status: 200, body: sandbox.journal.entries(filterOf(request)).map(withRows) }),
  },
  {
    method: 'GET',
    pattern: '/_sandbox/journal.har',
    handle: ({ sandbox }) => ({ status: 200, body: sandbox.journal.har() }),
  },
  { method: 'GET', pattern: '/_sandbox/apps', handle: ({ sandbox }) => ({ status: 200, body: sandbox.apps() }) },
  {
    method: 'POST',
    pattern: '/_sandbox/apps',
    handle: async ({ sandbox }, request) => {
      const body = await readJson(request);
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
      const set = sandbox.faults.add((await readJson(request)) as Fault);
      return { status: 200, body: set };
    },
  },
  {
    method: 'DELETE',
    pattern: '/_sandbox/faults',
    handle: ({ sandbox }) => ({ status: 200, body: sandbox.faults.clear() }),
  },
  {
    method: 'DELETE',
    pattern: '/_sandbox/faults/:id',
    handle: ({ sandbox }, _request, { id = '' }) => {
      const cleared = sandbox.faults.clear(Number(id));
      if (cleared.length === 0)
        return { status: 404, body: { message: `No fault ${id}: list the faults to see their ids.` } };
      return { status: 200, body: cleared };
    },
  },
  {
    method: 'GET',
    pattern: '/_sandbox/time',
    handle: ({ sandbox }) => ({ status: 200, body: { time: sandbox.time.now() } }),
  },
  {
    method: 'POST',
    pattern: '/_sandbox/time',
    handle: async ({ sandbox }, request) => {
      const move = parseTimeMove(await readJson(request));
      sandbox.journal.touch();
      const time = 'to' in move ? await sandbox.time.moveTo(move.to) : await sandbox.time.advance(move.by);
      return { status: 200, body: { time } };
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

/** Serves `/_sandbox/…` to clients with the token and leaves all other paths to the API. */
export function createAdminIntercept(token: string, target: () => AdminTarget): Intercept {
  return (request, response) => {
    const { pathname } = targetOf(request);
    if (!pathname.startsWith(prefix)) return false;
    void respond(token, target(), pathname, request, response);
    return true;
  };
}

async function respond(
  token: string,
  target: AdminTarget,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isBearer(request.headers.authorization ?? '', token)) {
    return send(response, { status: 401, body: { message: 'This path requires the token in connection.json.' } });
  }
  const match = matchRoute(routes, request.method ?? '', pathname);
  if (match.kind !== 'found') return send(response, { status: 404, body: { message: 'Unknown path.' } });
  try {
    send(response, await match.route.handle(target, request, match.parameters));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send(response, { status: 400, body: { message } });
  }
}

/** Adds the IDs of the rows in the fidelity manifest that the response rested on. */
function withRows(entry: JournalEntry) {
  return { ...entry, rows: rowsOf(entry).map(({ id }) => id) };
}

/** `?after=NUMBER` selects the entries after that number. */
function filterOf(request: IncomingMessage): JournalFilter {
  const after = targetOf(request).query.get('after');
  return after === null ? {} : { after: Number(after) };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The body isn't JSON: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    });
  }
}

function isBearer(header: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header), digest(`Bearer ${token}`));
}
