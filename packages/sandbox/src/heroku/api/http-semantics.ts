import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Reply } from '../../http/exchange.ts';

/** Returns the method to route by: HEAD is a GET without its body, and POST can stand for another method. */
export function methodOf({ method = '', headers }: IncomingMessage): string {
  if (method === 'HEAD') return 'GET';
  const override = String(headers['x-http-method-override'] ?? '').toUpperCase();
  return method === 'POST' && /^(GET|PATCH|PUT|DELETE)$/.test(override) ? override : method;
}

/** Adds an ETag to a successful reply. Returns a 304 instead if the client has the same one. */
export function withEntityTag(reply: Reply, { headers }: IncomingMessage): Reply {
  if (reply.status !== 200) return reply;
  const etag = `"${createHash('md5').update(JSON.stringify(reply.body)).digest('hex')}"`;
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return { status: 304, headers: { etag } };
  return { ...reply, headers: { ...reply.headers, etag } };
}
