import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { Clock } from '../time/clock.ts';
import { bindPort, timeLimits } from '../http/listen.ts';
import { connectToFirst } from './connect.ts';
import { rawErrorPage, sendErrorPage, type RouterErrorCode } from './error-page.ts';
import { forward, type Forwarded, type ForwardLimits, forwardUpgrade } from './forward.ts';
import { forwardedFor, requestIdOf } from './headers.ts';
import { maxHeadBytes, refusedStatus } from './restrictions.ts';
import type { RoutedRequest } from './routed-request.ts';
import type { AppAddress, Router } from './router.ts';
import { Targets } from './targets.ts';

export interface RouterOptions {
  /** Time limit for a client to send a request's head. Default: 60,000 ms. */
  readonly headMs?: number;
  /** Time limit for a dyno to start its response (H12). Default: 30,000 ms. */
  readonly firstByteMs?: number;
  /** Time limit for a web dyno to start, by `clock`, while requests wait for it (H20). Default: 75,000 ms. */
  readonly queueMs?: number;
  readonly clock?: Clock;
  /** Idle time limit after that, in both directions (H15). Default: 55,000 ms. */
  readonly idleMs?: number;
  /** Called for each request on arrival. */
  readonly onRequest?: (app: string) => void;
  /** Called after each request. */
  readonly onEnd?: (app: string, request: RoutedRequest) => void;
}

/** Creates the router of a sandbox. Each app has its own port on 127.0.0.1. */
export function createRouter(options: RouterOptions = {}): Router {
  const open = new Set<AppAddress>();
  return {
    async open(app, preferredPort) {
      const address = await openAddress(app, preferredPort, options, () => open.delete(address));
      open.add(address);
      return address;
    },
    async close() {
      await Promise.all([...open].map(async (address) => await address.close()));
    },
  };
}

async function openAddress(
  app: string,
  preferredPort: number | undefined,
  {
    headMs,
    queueMs = 75_000,
    clock = new Clock(),
    firstByteMs = 30_000,
    idleMs = 55_000,
    onRequest,
    onEnd,
  }: RouterOptions,
  onClose: () => void,
): Promise<AppAddress> {
  const limits: ForwardLimits = { firstByteMs, idleMs };
  const targets = new Targets(clock, queueMs);
  const upgraded = new Set<Duplex>();
  let wake = (): void => undefined;
  let maintenance = false;

  /** Forwards a request to a dyno by `forwardTo`, or responds with an error page by `sendError`. */
  async function route(
    request: IncomingMessage,
    client: Writable,
    sendError: (code: RouterErrorCode) => void,
    forwardTo: (forwarded: Forwarded) => Promise<number | RouterErrorCode>,
  ): Promise<void> {
    onRequest?.(app);
    const { method = '', url: path = '', headers } = request;
    const about = {
      method,
      path,
      host: headers.host ?? '',
      id: requestIdOf(request),
      forwardedFor: forwardedFor(request),
    };
    const found = await connectToDyno(client);
    if (typeof found === 'string') {
      sendError(found);
      return onEnd?.(app, { ...about, result: found });
    }
    const { dyno, connectMs, socket } = found;
    const started = performance.now();
    const result = await forwardTo({ request, id: about.id, target: socket, limits });
    const serviceMs = performance.now() - started;
    onEnd?.(app, { ...about, result, dyno: { name: dyno.name, connectMs, serviceMs, bytes: socket.bytesRead } });
  }

  /** Returns a connection to a dyno, or the error code: H27 if the client has disconnected. */
  async function connectToDyno(client: Writable) {
    if (maintenance) return 'H80' as const;
    const left = new AbortController();
    const leave = (): void => left.abort();
    client.once('close', leave);
    if (targets.isEmpty) wake();
    const dynos = await targets.take(left.signal);
    client.off('close', leave);
    if (left.signal.aborted) return 'H27' as const;
    return typeof dynos === 'string' ? dynos : ((await connectToFirst(dynos)) ?? ('H21' as const));
  }

  const server = createServer({
    ...timeLimits({ requestTimeout: 0, headTimeout: headMs }),
    maxHeaderSize: maxHeadBytes,
  });
  server.on('request', (request, response) => {
    response.on('error', () => undefined);
    const refused = refusedStatus(request);
    if (refused !== undefined) return void response.writeHead(refused, { connection: 'close' }).end();
    void route(
      request,
      response,
      (code) => sendErrorPage(response, code),
      (forwarded) => forward(forwarded, response),
    );
  });
  server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    upgraded.add(client);
    client.once('close', () => upgraded.delete(client));
    client.on('error', () => undefined);
    const refused = refusedStatus(request);
    if (refused !== undefined) return refuse(client, refused);
    void route(
      request,
      client,
      (code) => client.end(rawErrorPage(code)),
      (forwarded) => forwardUpgrade(forwarded, client, head),
    );
  });
  server.on('clientError', ({ code }: NodeJS.ErrnoException, client) => {
    refuse(client, code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400);
  });
  const port = await listen(server, preferredPort);
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    setTargets: (dynos, whenNone) => targets.set(dynos, whenNone),
    setWake: (changed) => {
      wake = changed;
    },
    setMaintenance: (on) => {
      maintenance = on;
    },
    async close() {
      onClose();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      for (const client of upgraded) client.destroy();
      await closed;
    },
  };
}

/** Responds to what isn't an acceptable request. */
function refuse(client: Duplex, status: 400 | 408 | 414): void {
  if (client.writable) client.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
  else client.destroy();
}

/** Listens on the preferred port, or on any if it is in use. */
async function listen(server: Server, preferredPort = 0): Promise<number> {
  try {
    return await bindPort(server, { port: preferredPort, purpose: 'app' });
  } catch (error) {
    if (preferredPort === 0) throw error;
    return await bindPort(server, { port: 0, purpose: 'app' });
  }
}
