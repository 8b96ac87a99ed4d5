import { once } from 'node:events';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';
import type { ConnectionFile } from './connection.ts';
import type { SandboxStatus } from './status.ts';

/** A client of a background process's `/_sandbox/` paths. */
export class AdminClient {
  readonly #connection: ConnectionFile;

  constructor(connection: ConnectionFile) {
    this.#connection = connection;
  }

  get<Body>(path: string): Promise<Body> {
    return this.#request('GET', path);
  }

  post<Body>(path: string, body: unknown = {}): Promise<Body> {
    return this.#request('POST', path, body);
  }

  delete<Body>(path: string): Promise<Body> {
    return this.#request('DELETE', path);
  }

  /** Returns the process's status, or undefined if nobody or another process responds. Throws NOT_RESPONDING on timeout. */
  async findStatus(timeoutMs: number): Promise<SandboxStatus | undefined> {
    try {
      const status = await this.#request<SandboxStatus>('GET', 'status', undefined, timeoutMs);
      return isRecord(status) && status.id === this.#connection.id ? status : undefined;
    } catch (error) {
      if (!isTimeout(error)) return undefined;
      const { pid, urls } = this.#connection;
      throw new SandboxError(
        'NOT_RESPONDING',
        `${urls.heroku}: NOT_RESPONDING: the sandbox (pid ${pid}) doesn't respond within ${timeoutMs / 1000} s. If it's stopped, continue it: kill -CONT ${pid}. Otherwise end it: kill -KILL ${pid}.`,
        { cause: error },
      );
    }
  }

  async #request<Body>(method: string, path: string, body?: unknown, timeoutMs = 60_000): Promise<Body> {
    const url = `${this.#connection.urls.heroku}/_sandbox/${path}`;
    let response: AdminResponse;
    try {
      response = await send(url, {
        method,
        headers: { authorization: `Bearer ${this.#connection.adminToken}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
        body: body === undefined ? '' : JSON.stringify(body),
      });
    } catch (error) {
      throw new SandboxError(
        'NOT_RUNNING',
        `${method} ${url}: NOT_RUNNING: no response. The sandbox may have stopped: start it again.`,
        { cause: error },
      );
    }
    const { status, result } = response;
    if (status >= 200 && status < 300) return result as Body;
    const reason = isRecord(result) && typeof result['message'] === 'string' ? result['message'] : String(status);
    throw new SandboxError('REQUEST_FAILED', `${method} ${url}: REQUEST_FAILED: ${reason}`);
  }
}

interface AdminResponse {
  readonly status: number;
  /** The body's JSON, or undefined. */
  readonly result: unknown;
}

/** Every deploy to the sandbox asks first whether it runs. The first fetch of a process takes 70 ms more than this. */
async function send(
  url: string,
  { body, ...options }: RequestOptions & { readonly body: string },
): Promise<AdminResponse> {
  const sent = request(url, options).end(body);
  try {
    const [response] = (await once(sent, 'response', { signal: options.signal })) as [IncomingMessage];
    return { status: response.statusCode ?? 0, result: parse(await text(response)) };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutError';
}
