import { createServer, request as httpRequest, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
}

/** Starts a server on a free port of 127.0.0.1 that is closed at the end of the block. */
export async function serve(handler: RequestListener): Promise<TestServer> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface TestRequest {
  readonly method?: string;
  readonly headers?: Record<string, string | number>;
  readonly body?: string | Uint8Array;
  /** Without a Content-Length. */
  readonly chunked?: boolean;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The code of the first error in a registry's response. */
  readonly code: string | undefined;
}

/** Sends a request with its path unchanged; `fetch` would normalize it. */
export async function send({ port }: { port: number }, path: string, options: TestRequest = {}): Promise<TestResponse> {
  const { method = 'GET', headers = {}, body, chunked = false } = options;
  return await new Promise((resolve, reject) => {
    const length = body === undefined || chunked ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers: { ...length, ...headers } });
    request.once('error', reject);
    request.once('response', (response) => {
      buffer(response).then((bytes) => {
        const text = bytes.toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, code: errorCode(text) });
      }, reject);
    });
    request.end(body);
  });
}

function errorCode(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { errors?: { code: string }[] }).errors?.[0]?.code;
  } catch {
    return undefined;
  }
}
