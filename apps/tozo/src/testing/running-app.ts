import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { createApp } from '../http/app.ts';
import { listen, type RunningServer } from '../http/listen.ts';
import { createMemoryStore } from '../memory-store.ts';
import { openDatabase } from '../postgres/database.ts';
import { createPostgresStore } from '../postgres/postgres-store.ts';
import type { TodoStore } from '../store.ts';

/** The app on a real server on 127.0.0.1. Stops on disposal. */
export interface RunningApp extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: RunningServer;
  readonly store: TodoStore;
  /** Resolves with the next request, as soon as its headers arrive. */
  nextRequest(): Promise<IncomingMessage>;
  /** The app's log. */
  readonly lines: readonly string[];
}

export async function startApp(options: { store?: TodoStore; sourceDigest?: string } = {}): Promise<RunningApp> {
  const { store = createMemoryStore(), ...rest } = options;
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const app = await createApp({ ...rest, store, log, assets: new URL('../public/', import.meta.url) });
  const requests = new EventEmitter();
  const announced: typeof app = (request, response) => {
    requests.emit('request', request);
    return app(request, response);
  };
  const server = await listen(announced, { ...rest, log, port: 0, host: '127.0.0.1' });
  const stop = async (): Promise<void> => {
    await server.stop(0);
    await store.close();
  };
  const { port } = server;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    store,
    lines,
    nextRequest: () => new Promise((resolve) => requests.once('request', resolve)),
    [Symbol.asyncDispose]: stop,
  };
}

/** Returns a Postgres store without a server. */
export async function unreachableStore(): Promise<TodoStore> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return createPostgresStore(openDatabase(`postgres://tozo:s3cret@127.0.0.1:${port}/tozo`));
}

/** Sends a form like a page of the app. */
export function postForm(url: string, fields: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(url, { method: 'POST', body, redirect: 'manual', headers: { origin: new URL(url).origin } });
}

/** Sends JSON. */
export function send(
  method: string,
  url: string,
  value: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method,
    body: typeof value === 'string' ? value : JSON.stringify(value),
    headers: { 'content-type': 'application/json', ...headers },
  });
}
