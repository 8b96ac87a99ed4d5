import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A server seen from far away: what goes through the proxy arrives later. */
export interface FarServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

/** Bytes on the way in one direction, after which the sender has to wait. */
const mostOnTheWay = 16 * 1024 * 1024;

/**
 * A proxy on loopback before a server, with a round trip of `roundTripMs`, one more for each new connection, and no limit to
 * what goes through at a time. Without a round trip there is no proxy.
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

/** Bytes leave in their order, each `delayMs` after it came, none before `notBefore`: a connection takes its time to stand. */
function forward(from: Socket, to: Socket, delayMs: number, notBefore: number): void {
  const later = inOrder((came) => Math.max(came, notBefore) + delayMs);
  let onTheWay = 0;
  from.on('data', (chunk: Buffer) => {
    onTheWay += chunk.length;
    if (onTheWay > mostOnTheWay) from.pause();
    later(() => {
      to.write(chunk);
      onTheWay -= chunk.length;
      if (onTheWay <= mostOnTheWay && from.isPaused()) from.resume();
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroySoon()));
  from.on('error', () => to.destroy());
}

/** Carries actions out at their time, never one before another that came earlier: timers alone do not promise that. */
function inOrder(timeOf: (came: number) => number): (action: () => void) => void {
  const waiting: { readonly at: number; readonly action: () => void }[] = [];
  const carryOut = (): void => {
    while (waiting.length > 0 && waiting[0]!.at <= performance.now()) waiting.shift()!.action();
    if (waiting.length > 0) setTimeout(carryOut, Math.max(0, waiting[0]!.at - performance.now()));
  };
  return (action) => {
    waiting.push({ at: timeOf(performance.now()), action });
    if (waiting.length === 1) setTimeout(carryOut, waiting[0]!.at - performance.now());
  };
}
