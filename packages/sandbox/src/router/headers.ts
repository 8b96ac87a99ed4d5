import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Headers of one connection only (RFC 9110, section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const requestIdPattern = /^[A-Za-z0-9+/=-]{20,200}$/;

type RawHeaders = readonly string[];

/** Returns the headers for a dyno: the client's, and those that Heroku's router adds. Names and values alternate. */
export function requestHeaders(request: IncomingMessage, id: string, upgrade: boolean): string[] {
  const { headers, socket } = request;
  const forwarded = {
    'X-Request-Id': id,
    'X-Forwarded-For': forwardedFor(request),
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Port': String(socket.localPort ?? ''),
    'X-Request-Start': String(Date.now()),
    Via: append(headers.via, '1.1 heroku-router'),
    Connection: upgrade ? 'Upgrade' : 'close',
    ...(upgrade && { Upgrade: headers.upgrade ?? '' }),
  };
  const replaced = new Set(Object.keys(forwarded).map((name) => name.toLowerCase()));
  return [...endToEnd(request.rawHeaders, replaced, framing(request)), ...Object.entries(forwarded).flat()];
}

/** Returns the headers for the client from a dyno's response. */
export function responseHeaders(response: IncomingMessage): string[] {
  const kept = endToEnd(response.rawHeaders, new Set(['via']), new Set());
  return [...kept, 'Via', append(response.headers.via, '1.1 heroku-router')];
}

/** Keeps `Transfer-Encoding: chunked` because the body's length stays unknown. */
function framing({ headers }: IncomingMessage): ReadonlySet<string> {
  return headers['transfer-encoding'] === undefined ? new Set() : new Set(['transfer-encoding']);
}

function endToEnd(raw: RawHeaders, replaced: ReadonlySet<string>, kept: ReadonlySet<string>): string[] {
  const named = new Set(valuesOf(raw, 'connection').flatMap((value) => value.toLowerCase().split(/[\s,]+/)));
  const result: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    const key = name.toLowerCase();
    if (replaced.has(key) || ((hopByHop.has(key) || named.has(key)) && !kept.has(key))) continue;
    result.push(name, value);
  }
  return result;
}

function valuesOf(raw: RawHeaders, name: string): string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
}

/** Returns the addresses of the client's proxies, as far as they're given, and of the client. */
export function forwardedFor({ headers, socket }: IncomingMessage): string {
  return append(headers['x-forwarded-for'], withoutPrefix(socket.remoteAddress));
}

/** Returns the client's ID if it is valid, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID();
}

function append(given: string | string[] | undefined, value: string): string {
  return given === undefined || given.length === 0 ? value : `${[given].flat().join(', ')}, ${value}`;
}

const withoutPrefix = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');
