import type { ServerResponse } from 'node:http';
import { changedBody } from './changed-body.ts';
import { drip, reset, resetSoon, untilOver } from './connection.ts';
import type { FaultEffect } from './fault.ts';

type Of<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>;

/** Lets the answer through up to so many bytes of its body, then resets the connection; with 0 nothing goes out. */
export function resetAnswer(response: ServerResponse, { afterBytes }: Of<'reset-answer'>, fired: () => void): void {
  const original = originalOf(response);
  let left = afterBytes;
  if (afterBytes === 0) response.flushHeaders = () => undefined;
  onBody(response, (chunk, isLast) => {
    if (left < 0) return;
    if (afterBytes > 0 && chunk.length < left) {
      left -= chunk.length;
      return isLast ? original.end(chunk) : void original.write(chunk);
    }
    const part = chunk.subarray(0, left);
    left = -1;
    fired();
    if (afterBytes === 0) return reset(response);
    original.write(part, () => void resetSoon(response));
  });
}

/** Sends so many bytes of the body, and the rest only after a while. */
export function stallAnswer(response: ServerResponse, { afterBytes, ms }: Of<'stall-answer'>, fired: () => void): void {
  let left = afterBytes;
  slowly(response, async (chunk, write) => {
    if (left < 0 || chunk.length <= left) {
      if (left >= 0) left -= chunk.length;
      return write(chunk);
    }
    if (left > 0) write(chunk.subarray(0, left));
    else response.flushHeaders();
    const rest = chunk.subarray(left);
    left = -1;
    fired();
    await untilOver(response, ms);
    if (!response.destroyed) write(rest);
  });
}

/** Sends the body in small pieces, so many bytes a second. */
export function dripAnswer(response: ServerResponse, { bytesPerSecond }: Of<'drip-answer'>, fired: () => void): void {
  slowly(response, async (chunk, write) => {
    fired();
    await drip(chunk, bytesPerSecond, response, write);
  });
}

/** Collects the whole answer and sends it changed. */
export function alterAnswer(
  response: ServerResponse,
  { status, headers = {}, ...changes }: Of<'alter-answer'>,
  fired: () => void,
): void {
  const original = originalOf(response);
  const head = holdHead(response);
  const chunks: Buffer[] = [];
  onBody(response, (chunk, isLast) => {
    chunks.push(chunk);
    if (!isLast) return;
    const whole = Buffer.concat(chunks);
    const body = changedBody(whole, changes);
    if (status !== undefined || Object.keys(headers).length > 0 || !body.equals(whole)) fired();
    const code = status ?? head.status();
    const merged = lowerCased({ ...lowerCased(head.headers()), ...lowerCased(headers) });
    delete merged['transfer-encoding'];
    const hasLength = response.req.method !== 'HEAD' && code !== 204 && code !== 304;
    if (hasLength) merged['content-length'] ??= body.length;
    if (hasLength && headers['content-length'] === undefined) merged['content-length'] = body.length;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    original.writeHead(code, Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null)));
    original.end(body);
  });
}

function lowerCased(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function originalOf(response: ServerResponse) {
  return {
    writeHead: response.writeHead.bind(response) as (status: number, headers: Record<string, unknown>) => void,
    write: response.write.bind(response) as (chunk: Buffer, done?: () => void) => boolean,
    end: response.end.bind(response) as (chunk?: Buffer) => void,
  };
}

/** One chunk after the other goes through `hand`, which takes its time. */
function slowly(response: ServerResponse, hand: (chunk: Buffer, write: (part: Buffer) => void) => Promise<void>): void {
  const original = originalOf(response);
  let before = Promise.resolve();
  onBody(response, (chunk, isLast) => {
    before = before.then(async () => {
      if (chunk.length > 0) await hand(chunk, original.write);
      if (isLast && !response.destroyed) original.end();
    });
  });
}

/** Whatever is written or ended goes to `write` instead. */
function onBody(response: ServerResponse, write: (chunk: Buffer, isLast: boolean) => void): void {
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

/** Keeps back what `writeHead` is told, and the head until the body's end. */
function holdHead(response: ServerResponse): { status(): number; headers(): Record<string, unknown> } {
  let status: number | undefined;
  let given: Record<string, unknown> = {};
  response.flushHeaders = () => undefined;
  response.writeHead = (code: number, ...rest: unknown[]) => {
    status = code;
    const headers = rest.find((argument) => typeof argument === 'object' && argument !== null);
    given = { ...(headers as Record<string, unknown> | undefined) };
    return response;
  };
  return { status: () => status ?? response.statusCode, headers: () => ({ ...response.getHeaders(), ...given }) };
}
