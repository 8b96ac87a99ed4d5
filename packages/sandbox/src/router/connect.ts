import { connect, type Socket } from 'node:net';
import type { Target } from './router.ts';

/** A connection to a dyno. */
export interface DynoConnection {
  readonly socket: Socket;
  readonly dyno: Target;
  /** How long it took. */
  readonly connectMs: number;
}

/** Connects to the first dyno that accepts, or returns undefined. */
export async function connectToFirst(dynos: readonly Target[]): Promise<DynoConnection | undefined> {
  for (const dyno of dynos) {
    const started = performance.now();
    const socket = await connectTo(dyno.port);
    if (socket) return { socket, dyno, connectMs: performance.now() - started };
  }
  return undefined;
}

async function connectTo(port: number): Promise<Socket | undefined> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  return await new Promise((resolve) => {
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
