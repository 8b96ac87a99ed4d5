import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultEffect } from './fault.ts';

type Write = (chunk: Buffer, isLast: boolean) => void;

/** Lets the answer through up to so many bytes of its body, then resets the connection; with 0 nothing goes out. */
export function resetAnswer(response: ServerResponse, afterBytes: number): void {
  const original = originalOf(response);
  let left = afterBytes;
  onBody(response, (chunk, isLast) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (left > 0 && !isLast) return void original.write(part);
    if (afterBytes <= 0) return void response.socket?.resetAndDestroy();
    original.write(part, () => response.socket?.resetAndDestroy());
  });
}

/** Collects the whole answer and sends it changed. */
export function alterAnswer(
  response: ServerResponse,
  { status, headers = {}, keepBytes, replace }: Extract<FaultEffect, { kind: 'alter-answer' }>,
): void {
  const original = originalOf(response);
  const head = holdHead(response);
  const chunks: Buffer[] = [];
  onBody(response, (chunk, isLast) => {
    chunks.push(chunk);
    if (!isLast) return;
    let body = Buffer.concat(chunks);
    if (replace) body = Buffer.from(body.toString('utf8').replaceAll(replace.text, replace.by));
    if (keepBytes !== undefined) body = body.subarray(0, keepBytes);
    const merged = Object.fromEntries(
      Object.entries({ ...head.headers(), ...headers }).map(([name, value]) => [name.toLowerCase(), value]),
    );
    delete merged['transfer-encoding'];
    if (response.req.method !== 'HEAD') merged['content-length'] = body.length;
    original.writeHead(status ?? head.status(), merged);
    original.end(body);
  });
}

/** Sends the body in small pieces, so many bytes a second. */
export function dripAnswer(response: ServerResponse, bytesPerSecond: number): void {
  const original = originalOf(response);
  const piece = Math.max(1, Math.round(bytesPerSecond / 20));
  let before = Promise.resolve();
  onBody(response, (chunk, isLast) => {
    before = before.then(async () => {
      for (let start = 0; start < chunk.length && !response.destroyed; start += piece) {
        const part = chunk.subarray(start, start + piece);
        original.write(part);
        await sleep((part.length / bytesPerSecond) * 1000);
      }
      if (isLast) original.end();
    });
  });
}

function originalOf(response: ServerResponse) {
  return {
    writeHead: response.writeHead.bind(response) as (status: number, headers: Record<string, unknown>) => void,
    write: response.write.bind(response) as (chunk: Buffer, done?: () => void) => boolean,
    end: response.end.bind(response) as (chunk?: Buffer) => void,
  };
}

/** Whatever is written or ended goes to `write` instead. */
function onBody(response: ServerResponse, write: Write): void {
  const bufferOf = (chunk: unknown, encoding: unknown): Buffer =>
    typeof chunk === 'string'
      ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
      : chunk instanceof Uint8Array
        ? Buffer.from(chunk)
        : Buffer.alloc(0);
  const done = (args: unknown[]) => args.find((argument) => typeof argument === 'function') as (() => void) | undefined;
  response.write = ((...args: unknown[]) => {
    write(bufferOf(args[0], args[1]), false);
    done(args)?.();
    return true;
  }) as typeof response.write;
  response.end = ((...args: unknown[]) => {
    write(bufferOf(args[0], args[1]), true);
    done(args)?.();
    return response;
  }) as typeof response.end;
}

/** Keeps back what `writeHead` is told. */
function holdHead(response: ServerResponse): { status(): number; headers(): Record<string, unknown> } {
  let status: number | undefined;
  let given: Record<string, unknown> = {};
  response.writeHead = (code: number, ...rest: unknown[]) => {
    status = code;
    const headers = rest.find((argument) => typeof argument === 'object' && argument !== null);
    given = { ...(headers as Record<string, unknown> | undefined) };
    return response;
  };
  return { status: () => status ?? response.statusCode, headers: () => ({ ...response.getHeaders(), ...given }) };
}
