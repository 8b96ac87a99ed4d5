import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The parsed JSON body, if there is one. */
  readonly body: unknown;
}

/** A response of a fake server, or what it does instead. */
export type FakeResponse =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown }
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly text: string }
  /** Cuts the connection. */
  | 'reset'
  /** Never responds. */
  | 'silence'
  /** Writes the response itself. */
  | ((response: ServerResponse) => void);

export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
}

/** Starts a real server on a free loopback port. `respond` gets each request; `seen` records them. */
export async function fakeApi(respond: (request: SeenRequest, count: number) => FakeResponse): Promise<FakeApi> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const entry = { method, path: url, headers, body };
      seen.push(entry);
      send(response, respond(entry, seen.length));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function send(response: ServerResponse, fake: FakeResponse): void {
  if (fake === 'silence') return;
  if (fake === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (typeof fake === 'function') {
    fake(response);
    return;
  }
  const [type, body] = 'json' in fake ? ['application/json', JSON.stringify(fake.json)] : ['text/html', fake.text];
  response.writeHead(fake.status ?? 200, { 'content-type': type, 'request-id': 'req-1', ...fake.headers }).end(body);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : undefined;
}
