import { connect, type Socket } from 'node:net';

/** Connects to the first loopback port that accepts, or returns undefined. */
export async function connectToFirst(ports: readonly number[]): Promise<Socket | undefined> {
  for (const port of ports) {
    const socket = await connectTo(port);
    if (socket) return socket;
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
