import type { ServerResponse } from 'node:http';
import { changeBody } from './change-body.ts';
import { drip, reset, resetSoon, waitUntilOver } from './connection.ts';
import type { FaultEffect } from './fault.ts';

type Of<Kind extends FaultEffect['kind']> = Extract<FaultEffect, { kind: Kind }>;

/** Sends `afterBytes` of the response body, then resets the connection. With 0, sends nothing at all. */
export function resetResponse(
  response: ServerResponse,
  { afterBytes }: Of<'reset-answer'>,
  markFired: () => void,
): void {
  const original = originalOf(response);
  let left = afterBytes;
  if (afterBytes === 0) response.flushHeaders = () => undefined;
  interceptBody(response, (chunk, isLast) => {
    if (left < 0) return;
    if (afterBytes > 0 && chunk.length < left) {
      left -= chunk.length;
      return isLast ? original.end(chunk) : void original.write(chunk);
    }
    const part = chunk.subarray(0, left);
    left = -1;
    markFired();
    if (afterBytes === 0) return reset(response);
    original.write(part, () => void resetSoon(response));
  });
}

/** Sends `afterBytes` of the body, and the rest after a pause. */
export function stallResponse(
  response: ServerResponse,
  { afterBytes, ms }: Of<'stall-answer'>,
  markFired: () => void,
): void {
  let left = afterBytes;
  forwardSlowly(response, async (chunk, write) => {
    if (left < 0 || chunk.length <= left) {
      if (left >= 0) left -= chunk.length;
      return write(chunk);
    }
    if (left > 0) write(chunk.subarray(0, left));
    else response.flushHeaders();
    const rest = chunk.subarray(left);
    left = -1;
    markFired();
    await waitUntilOver(response, ms);
    if (!response.destroyed) write(rest);
  });
}

/** Sends the body in small pieces at the given rate. */
export function dripResponse(
  response: ServerResponse,
  { bytesPerSecond }: Of<'drip-answer'>,
  markFired: () => void,
): void {
  forwardSlowly(response, async (chunk, write) => {
    markFired();
    await drip(chunk, bytesPerSecond, response, write);
  });
}

/** Runs `action` when the service has done its work, before the response ends. */
export function runBeforeEnd(response: ServerResponse, action: () => Promise<void>): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = ((...args: unknown[]) => {
    action().then(
      () => end(...args),
      // The fault stays unfired, which close() reports.
      () => response.destroy(),
    );
    return response;
  }) as typeof response.end;
}

/** Buffers the whole response and sends it changed. */
export function alterResponse(
  response: ServerResponse,
  { status, headers = {}, ...changes }: Of<'alter-answer'>,
  markFired: () => void,
): void {
  const original = originalOf(response);
  const head = holdHead(response);
  const chunks: Buffer[] = [];
  interceptBody(response, (chunk, isLast) => {
    chunks.push(chunk);
    if (!isLast) return;
    const whole = Buffer.concat(chunks);
    const body = changeBody(whole, changes);
    if (status !== undefined || Object.keys(headers).length > 0 || !body.equals(whole)) markFired();
    const code = status ?? head.status();
    const merged = lowerCaseNames({ ...lowerCaseNames(head.headers()), ...lowerCaseNames(headers) });
    delete merged['transfer-encoding'];
    const hasLength = response.req.method !== 'HEAD' && code !== 204 && code !== 304;
    if (hasLength) merged['content-length'] ??= body.length;
    if (hasLength && headers['content-length'] === undefined) merged['content-length'] = body.length;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    original.writeHead(code, encodeHeaders(merged));
    original.end(body);
  });
}

/** Returns the headers that aren't null. Characters beyond Latin-1 become their UTF-8 bytes. */
export function encodeHeaders(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.entries(headers).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, typeof value === 'string' ? encode(value) : value]));
}

function encode(value: string): string {
  return /[^\0-\xff]/.test(value) ? Buffer.from(value).toString('latin1') : value;
}

function lowerCaseNames(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function originalOf(response: ServerResponse) {
  return {
    writeHead: response.writeHead.bind(response) as (status: number, headers: Record<string, unknown>) => void,
    write: response.write.bind(response) as (chunk: Buffer, done?: () => void) => boolean,
    end: response.end.bind(response) as (chunk?: Buffer) => void,
  };
}

/** Passes one chunk at a time to `forward`, which may take its time. */
function forwardSlowly(
  response: ServerResponse,
  forward: (chunk: Buffer, write: (part: Buffer) => void) => Promise<void>,
): void {
  const original = originalOf(response);
  let previous = Promise.resolve();
  interceptBody(response, (chunk, isLast) => {
    previous = previous.then(async () => {
      if (chunk.length > 0) await forward(chunk, original.write);
      if (isLast && !response.destroyed) original.end();
    });
  });
}

/** Redirects everything written to the response to `write`. */
function interceptBody(response: ServerResponse, write: (chunk: Buffer, isLast: boolean) => void): void {
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

/** Holds back the head until the end of the body. */
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
