import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A proxy that requires a login for a registry, and records the credentials that it gets. */
export interface GuardedRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly name: string;
  /** The distinct Authorization headers that arrived. */
  readonly shown: ReadonlySet<string>;
  /** The number of forwarded requests. */
  readonly served: () => number;
}

/**
 * Starts a proxy for a registry without a login that requires one itself: by Basic, or by a token from a service on the same
 * port. Without `login` it forwards everything.
 */
export async function guardRegistry(
  behind: string,
  login?: Login,
  scheme: 'Basic' | 'Bearer' = 'Basic',
): Promise<GuardedRegistry> {
  const shown = new Set<string>();
  const basic = login && basicHeader(login);
  const token = `token-of-${login?.username}`;
  const expected = scheme === 'Basic' ? basic : `Bearer ${token}`;
  let served = 0;
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization !== undefined) shown.add(authorization);
    if (request.url!.startsWith('/token')) {
      if (authorization !== basic) return void response.writeHead(401).end();
      return void response.setHeader('content-type', 'application/json').end(JSON.stringify({ token }));
    }
    if (authorization === expected || login === undefined) {
      served += 1;
      return forward(behind, request, response);
    }
    const challenge = scheme === 'Basic' ? 'Basic realm="it"' : `Bearer realm="http://${name}/token",service="it"`;
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' });
    response.end('{"errors":[{"code":"UNAUTHORIZED","message":"who are you?"}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    name,
    shown,
    served: () => served,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function basicHeader({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Keeps the proxy's name in Host, so the Locations of uploads lead to the proxy. */
function forward(behind: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = request;
  const { authorization: _, ...others } = headers;
  const onward = send(`http://${behind}${request.url}`, { method: method!, headers: others }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
