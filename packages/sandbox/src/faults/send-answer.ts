import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FaultEffect } from './fault.ts';
import { encodeHeaders } from './response-faults.ts';

const blockBytes = 64 * 1024;

/** Sends a fault's own response, whose body may be long or endless. */
export function sendAnswer(response: ServerResponse, effect: Extract<FaultEffect, { kind: 'answer' }>): void {
  const { status, headers = {}, body = '', bodyBase64, repeat = 1 } = effect;
  const unit = bodyBase64 === undefined ? Buffer.from(body) : Buffer.from(bodyBase64, 'base64');
  const isWhole = repeat === 1 || unit.length === 0;
  response.writeHead(status, {
    ...(isWhole && status !== 204 && status !== 304 ? { 'content-length': unit.length } : {}),
    ...encodeHeaders(headers),
  } as Record<string, string>);
  if (isWhole) response.end(unit);
  else void writeRepeatedly(response, unit, repeat === 'forever' ? Infinity : repeat);
}

/** Writes `unit` this many times, for as long as the client reads. */
async function writeRepeatedly(response: ServerResponse, unit: Buffer, times: number): Promise<void> {
  const perBlock = Math.min(times, Math.ceil(blockBytes / unit.length));
  const block = Buffer.concat(Array<Buffer>(perBlock).fill(unit));
  const closed = once(response, 'close').catch(() => undefined);
  for (let left = times; left > 0 && !response.destroyed; left -= perBlock) {
    const part = left < perBlock ? block.subarray(0, left * unit.length) : block;
    if (!response.write(part)) await Promise.race([once(response, 'drain'), closed]);
  }
  response.end();
}
