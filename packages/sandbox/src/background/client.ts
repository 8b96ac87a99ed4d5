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
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.#connection.adminToken}`, 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new SandboxError(
        'NOT_RUNNING',
        `${method} ${url}: NOT_RUNNING: no response. The sandbox may have stopped: start it again.`,
        { cause: error },
      );
    }
    const result: unknown = await response.json().catch(() => undefined);
    if (response.ok) return result as Body;
    const reason = isRecord(result) && typeof result['message'] === 'string' ? result['message'] : response.statusText;
    throw new SandboxError('REQUEST_FAILED', `${method} ${url}: REQUEST_FAILED: ${reason}`);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutError';
}
