import { createServer, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const firstPort = 20_000;
const portCount = 12_000;
const pollEveryMs = 25;

/**
 * Returns a free loopback port for a web dyno. It's below Linux's ephemeral ports: no server on port 0 and no outgoing
 * connection gets it before the dyno does.
 */
export async function findFreeWebPort(): Promise<number> {
  for (;;) {
    const port = firstPort + Math.floor(Math.random() * portCount);
    if (await isFree(port)) return port;
  }
}

/** Resolves once something accepts connections on the port; rejects when the signal aborts. */
export async function waitUntilListening(port: number, signal: AbortSignal): Promise<void> {
  while (!(await isListening(port))) await sleep(pollEveryMs, undefined, { signal });
  signal.throwIfAborted();
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function isListening(port: number): Promise<boolean> {
  const socket = new Socket();
  return new Promise((resolve) => {
    const settle = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('error', () => settle(false));
    socket.connect(port, '127.0.0.1', () => settle(true));
  });
}
