import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy whose connections break, stall and slow down. */
export interface RoughNetwork extends AsyncDisposable {
  readonly url: string;
  /** What happened how often. */
  readonly happened: { resets: number; stalls: number; slow: number };
}

export interface Roughness {
  /** The fraction of connections that break, stall or are slow. */
  readonly resets?: number;
  readonly stalls?: number;
  readonly slow?: number;
  /** The maximum number of bytes before a connection breaks or stalls. */
  readonly longest?: number;
  /** The speed of a slow connection in bytes per second. */
  readonly rate?: number;
}

/** Starts a proxy for a port. Some connections break after a while, some stall and some are slow, determined by the seed. */
export async function startRoughNetwork(
  port: number,
  seed: number,
  { resets = 0.35, stalls = 0.05, slow = 0, longest = 1_000_000, rate = 8_000_000 }: Roughness = {},
): Promise<RoughNetwork> {
  const random = randomNumbers(seed);
  const fates = evenlySpread(random);
  const lives = evenlySpread(random);
  const happened = { resets: 0, stalls: 0, slow: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const fate = fates();
    const bytesToLive = Math.floor(lives() * longest);
    const isSlow = fate >= resets + stalls && fate < resets + stalls + slow;
    let seen = 0;
    const fail = () => {
      if (fate < resets) {
        happened.resets += 1;
        client.resetAndDestroy();
        upstream.destroy();
      } else {
        happened.stalls += 1;
        client.unpipe(upstream).pause();
      }
    };
    client.on('data', (chunk) => {
      const before = seen;
      seen += chunk.length;
      if (isSlow) pauseFor(client, chunk.length / rate);
      if (isSlow && before === 0) happened.slow += 1;
      if (fate < resets + stalls && before < bytesToLive && seen >= bytesToLive) fail();
    });
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    happened,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pauseFor(socket: Socket, seconds: number): void {
  socket.pause();
  setTimeout(() => socket.resume(), seconds * 1000);
}

/** Returns a generator of numbers between 0 and 1 (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Returns a generator of numbers between 0 and 1 of which every 20 are spread evenly. A short run then breaks as many
 * connections as a long one, on average.
 */
function evenlySpread(random: () => number): () => number {
  const size = 20;
  let left: number[] = [];
  return () => {
    if (left.length === 0) left = Array.from({ length: size }, (_, index) => index);
    const [stratum] = left.splice(Math.floor(random() * left.length), 1);
    return ((stratum ?? 0) + random()) / size;
  };
}
