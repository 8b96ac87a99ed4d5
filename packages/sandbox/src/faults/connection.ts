import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Closes the connection with a TCP reset. */
export function reset({ socket }: { readonly socket: Socket | null }): void {
  // A TLS socket can't be reset, only the TCP socket below it.
  const below = (socket as { readonly _parent?: unknown } | null)?._parent;
  (below instanceof Socket ? below : socket)?.resetAndDestroy();
}

/** Resets the connection after a short pause, because many clients drop data that arrives together with a reset. */
export async function resetSoon(response: ServerResponse): Promise<void> {
  for (let turn = 1; turn <= 2; turn++) await sleep(10);
  reset(response);
}

/** Waits `ms`, or forever if undefined, but no longer than the exchange lasts. */
export async function waitUntilOver(response: ServerResponse, ms: number | undefined): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Writes a chunk in small pieces at the given rate, for as long as the exchange lasts. */
export async function drip(
  chunk: Buffer,
  bytesPerSecond: number,
  response: ServerResponse,
  write: (piece: Buffer) => void,
): Promise<void> {
  const length = Math.max(1, Math.round(bytesPerSecond / 20));
  for (let start = 0; start < chunk.length && !response.destroyed; start += length) {
    const piece = chunk.subarray(start, start + length);
    write(piece);
    await sleep((piece.length / bytesPerSecond) * 1000);
  }
}
