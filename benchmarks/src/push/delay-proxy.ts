import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A server behind a proxy that delays everything. */
export interface FarServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

/** The maximum of delayed bytes per direction. Above it the sender has to wait. */
const maxInFlight = 16 * 1024 * 1024;

/**
 * Starts a proxy for a server on loopback that adds a round trip of `roundTripMs` to each exchange and one to each new
 * connection, with unlimited bandwidth. Starts none if `roundTripMs` is 0.
 */
export async function startDelay(host: string, roundTripMs: number): Promise<FarServer> {
  if (roundTripMs === 0) return { host, [Symbol.asyncDispose]: async () => undefined };
  const port = Number(host.split(':')[1]);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const socket of [near, far]) sockets.add(socket.on('close', () => sockets.delete(socket)));
    forward(near, far, roundTripMs / 2, performance.now() + roundTripMs);
    forward(far, near, roundTripMs / 2, 0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Forwards bytes in order, `delayMs` after their arrival, and not before `notBefore`, when the connection is established. */
function forward(from: Socket, to: Socket, delayMs: number, notBefore: number): void {
  const later = runInOrder((arrival) => Math.max(arrival, notBefore) + delayMs);
  let inFlight = 0;
  from.on('data', (chunk: Buffer) => {
    inFlight += chunk.length;
    if (inFlight > maxInFlight) from.pause();
    later(() => {
      to.write(chunk);
      inFlight -= chunk.length;
      if (inFlight <= maxInFlight && from.isPaused()) from.resume();
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroySoon()));
  from.on('error', () => to.destroy());
}

/** Runs actions at their time, in order of arrival, which timers alone don't guarantee. */
function runInOrder(timeOf: (arrival: number) => number): (action: () => void) => void {
  const waiting: { readonly at: number; readonly action: () => void }[] = [];
  const runDue = (): void => {
    while (waiting.length > 0 && waiting[0]!.at <= performance.now()) waiting.shift()!.action();
    if (waiting.length > 0) setTimeout(runDue, Math.max(0, waiting[0]!.at - performance.now()));
  };
  return (action) => {
    waiting.push({ at: timeOf(performance.now()), action });
    if (waiting.length === 1) setTimeout(runDue, waiting[0]!.at - performance.now());
  };
}
