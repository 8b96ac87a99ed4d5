import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before a server that answers 413 to long bodies, as many are set up. */
export interface BodyLimit extends AsyncDisposable {
  readonly url: string;
  /** How many requests it refused, and how many PATCH requests it let through. */
  readonly refused: () => number;
  readonly chunks: () => number;
}

/** @param server `HOST:PORT`; requests keep their Host, so that the addresses that it gives lead back here */
export async function startBodyLimit(server: string, longest: number): Promise<BodyLimit> {
  let refused = 0;
  let chunks = 0;
  const proxy = createServer((asked, answer) => {
    if (Number(asked.headers['content-length'] ?? 0) > longest) {
      refused += 1;
      answer.writeHead(413).end();
      asked.resume();
      return;
    }
    if (asked.method === 'PATCH') chunks += 1;
    const [host, port] = server.split(':');
    const { method, url, headers } = asked;
    const forwarded = request({ host, port, method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    refused: () => refused,
    chunks: () => chunks,
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
