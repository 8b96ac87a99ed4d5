import { once } from 'node:events';
import { createServer, type IncomingMessage, request as forward, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Sandbox, SandboxUrls } from '@tozo/sandbox';

/** Stands between a deploy and the sandbox's services, counts requests, and can hold back one response. */
export interface RequestGate extends AsyncDisposable {
  /** To be used in place of the sandbox's. */
  readonly urls: SandboxUrls;
  /** The requests so far, as `heroku GET /apps/shop`. */
  readonly requests: readonly string[];
  /** Resolves when the service has carried out the request whose response is held back. */
  readonly held: Promise<void>;
}

/** @param hold the number, from 1, of the request whose response never comes; 0 for none */
export async function openRequestGate(sandbox: Sandbox, hold = 0): Promise<RequestGate> {
  const requests: string[] = [];
  let markHeld = (): void => undefined;
  const held = new Promise<void>((resolve) => (markHeld = resolve));
  const servers = await Promise.all(
    Object.entries(sandbox.urls).map(async ([service, url]) => {
      const server = createServer((request, response) => {
        const number = requests.push(`${service} ${request.method} ${request.url}`);
        pass(request, response, new URL(url), number === hold ? markHeld : undefined);
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return [service, server] as const;
    }),
  );
  return {
    urls: Object.fromEntries(servers.map(([service, server]) => [service, addressOf(server)])) as SandboxUrls,
    requests,
    held,
    async [Symbol.asyncDispose]() {
      for (const [, server] of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

function pass(request: IncomingMessage, response: ServerResponse, url: URL, onHeld: (() => void) | undefined): void {
  const { method, url: path, headers } = request;
  const onward = forward({ host: url.hostname, port: url.port, method, path, headers, agent: false }, (answer) => {
    if (onHeld) {
      answer.resume();
      answer.on('end', onHeld);
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => {
    if (!onHeld) onward.destroy();
  });
  request.pipe(onward);
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
