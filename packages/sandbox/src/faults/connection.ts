import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Cuts the connection so that the other side sees a reset. */
export function reset({ socket }: { readonly socket: Socket | null }): void {
  // A TLS socket has no reset of its own; the one below it does.
  const below = (socket as { readonly _parent?: unknown } | null)?._parent;
  (below instanceof Socket ? below : socket)?.resetAndDestroy();
}

/** Leaves the other side the time to read what was sent: many clients drop what comes at once with a reset. */
export async function resetSoon(response: ServerResponse): Promise<void> {
  for (let turn = 1; turn <= 2; turn++) await sleep(10);
  reset(response);
}

/** Waits so long, for ever when that is undefined, and no longer than the exchange lasts. */
export async function untilOver(response: ServerResponse, ms: number | undefined): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Gives a chunk in small pieces, so many bytes a second, for as long as the exchange lasts. */
export async function drip(
  chunk: Buffer,
  bytesPerSecond: number,
  response: ServerResponse,
  give: (piece: Buffer) => void,
): Promise<void> {
  const length = Math.max(1, Math.round(bytesPerSecond / 20));
  for (let start = 0; start < chunk.length && !response.destroyed; start += length) {
    const piece = chunk.subarray(start, start + length);
    give(piece);
    await sleep((piece.length / bytesPerSecond) * 1000);
  }
}
