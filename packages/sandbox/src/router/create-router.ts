import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex, Writable } from 'node:stream';
import { Clock } from '../time/clock.ts';
import { bindPort, timeLimits } from '../http/listen.ts';
import { connectToFirst } from './connect.ts';
import { rawErrorPage, sendErrorPage, type RouterErrorCode } from './error-page.ts';
import { forward, forwardUpgrade, type ForwardLimits } from './forward.ts';
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
  /** Called after each request that the router failed or aborted. */
  readonly onError?: (app: string, error: RoutingError) => void;
}

export interface RoutingError {
  readonly code: RouterErrorCode;
  readonly method: string;
  readonly path: string;
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
    onError,
  }: RouterOptions,
  onClose: () => void,
): Promise<AppAddress> {
  const limits: ForwardLimits = { firstByteMs, idleMs };
  const targets = new Targets(clock, queueMs);
  const upgraded = new Set<Duplex>();
  let wake = (): void => undefined;
  let maintenance = false;

  const report = (request: IncomingMessage, code: RouterErrorCode | undefined): void => {
    if (code) onError?.(app, { code, method: request.method ?? '', path: request.url ?? '' });
  };

  /** Returns a connection to a dyno, or the error code: H27 if the client has disconnected. */
  async function connectToDyno(client: Writable) {
    if (maintenance) return 'H80' as const;
    const left = new AbortController();
    const leave = (): void => left.abort();
    client.once('close', leave);
    if (targets.isEmpty) wake();
    const ports = await targets.take(left.signal);
    client.off('close', leave);
    if (left.signal.aborted) return 'H27' as const;
    return typeof ports === 'string' ? ports : ((await connectToFirst(ports)) ?? ('H21' as const));
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    onRequest?.(app);
    response.on('error', () => undefined);
    const target = await connectToDyno(response);
    if (typeof target === 'string') {
      sendErrorPage(response, target);
      report(request, target);
    } else report(request, await forward(request, response, target, limits));
  }

  async function serveUpgrade(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    upgraded.add(client);
    client.once('close', () => upgraded.delete(client));
    client.on('error', () => undefined);
    onRequest?.(app);
    const target = await connectToDyno(client);
    if (typeof target === 'string') {
      client.end(rawErrorPage(target));
      report(request, target);
    } else report(request, await forwardUpgrade(request, client, head, target, limits));
  }

  const server = createServer(timeLimits({ requestTimeout: 0, headTimeout: headMs }), (request, response) => {
    void serve(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    void serveUpgrade(request, client, head);
  });
  const port = await listen(server, preferredPort);
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    setTargets: (ports, whenNone) => targets.set(ports, whenNone),
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

/** Listens on the preferred port, or on any if it is in use. */
async function listen(server: Server, preferredPort = 0): Promise<number> {
  try {
    return await bindPort(server, { port: preferredPort, purpose: 'app' });
  } catch (error) {
    if (preferredPort === 0) throw error;
    return await bindPort(server, { port: 0, purpose: 'app' });
  }
}
