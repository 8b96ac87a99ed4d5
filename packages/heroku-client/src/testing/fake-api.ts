import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** The parsed JSON body, when there is one. */
  readonly body: unknown;
}

/** What a fake says, or does instead of saying something. */
export type FakeAnswer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly json: unknown }
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly text: string }
  /** Cuts the connection. */
  | 'reset'
  /** Never answers. */
  | 'silence'
  /** Writes the answer itself. */
  | ((response: ServerResponse) => void);

export interface FakeApi extends AsyncDisposable {
  readonly url: string;
  readonly seen: SeenRequest[];
}

/** A real server on a free port of this machine that answers as it is told, and remembers what it was asked. */
export async function fakeApi(answer: (request: SeenRequest, count: number) => FakeAnswer): Promise<FakeApi> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const entry = { method, path: url, headers, body };
      seen.push(entry);
      give(response, answer(entry, seen.length));
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

function give(response: ServerResponse, answer: FakeAnswer): void {
  if (answer === 'silence') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (typeof answer === 'function') {
    answer(response);
    return;
  }
  const [type, body] =
    'json' in answer ? ['application/json', JSON.stringify(answer.json)] : ['text/html', answer.text];
  response
    .writeHead(answer.status ?? 200, { 'content-type': type, 'request-id': 'req-1', ...answer.headers })
    .end(body);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text ? JSON.parse(text) : undefined;
}
