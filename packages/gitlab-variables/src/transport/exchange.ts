import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { proxyFor, TunnelAgent } from './tunnel.ts';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Text, cut at {@link longestBody}. */
  readonly body: string;
}

/** A page of 100 variables, each with a value of 10,000 characters, all of them escaped, fits. */
export const longestBody = 16 * 1024 * 1024;
const longestErrorBody = 64 * 1024;

const direct = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };
const tunnels = new Map<string, TunnelAgent>();

/**
 * Sends one request and reads its whole answer: never redirected, never repeated. This machine is reached directly, all
 * others through HTTPS_PROXY where that is set. Rejects with what the connection failed with, or the signal's reason.
 */
export async function exchange({ method, url, headers, body, signal }: Exchange): Promise<Answer> {
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = open(url, { method, headers, signal, agent: agentFor(url) }, resolve);
    request.once('error', reject);
    request.end(body);
  });
  const status = response.statusCode ?? 0;
  return {
    status,
    headers: response.headers,
    body: await textOf(response, status < 300 ? longestBody : longestErrorBody),
  };
}

async function textOf(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks).subarray(0, limit).toString('utf8');
}

function agentFor(url: URL): HttpAgent {
  const proxy = url.protocol === 'https:' && !isLoopback(url) ? proxyFor(url, process.env) : undefined;
  if (proxy === undefined) return direct[url.protocol === 'https:' ? 'https:' : 'http:'];
  const known = tunnels.get(proxy.href) ?? new TunnelAgent(proxy);
  tunnels.set(proxy.href, known);
  return known;
}

/** Whether a URL names this machine: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
