import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy in front of a server that returns 413 for large bodies, as many do. */
export interface BodyLimit extends AsyncDisposable {
  readonly url: string;
  /** The number of rejected requests. */
  readonly rejected: () => number;
  /** The number of forwarded PATCH requests. */
  readonly chunks: () => number;
}

/** @param server `HOST:PORT`. Requests keep their Host header, so the server's Locations lead back to the proxy. */
export async function startBodyLimit(server: string, longest: number): Promise<BodyLimit> {
  let rejected = 0;
  let chunks = 0;
  const proxy = createServer((request, response) => {
    if (Number(request.headers['content-length'] ?? 0) > longest) {
      rejected += 1;
      response.writeHead(413).end();
      request.resume();
      return;
    }
    if (request.method === 'PATCH') chunks += 1;
    const [host, port] = server.split(':');
    const { method, url, headers } = request;
    const forwarded = sendRequest({ host, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    rejected: () => rejected,
    chunks: () => chunks,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
