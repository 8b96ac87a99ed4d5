import { SandboxError } from '../errors/sandbox-error.ts';
import { isRecord } from '../http/exchange.ts';
import type { ConnectionFile } from './connection.ts';
import type { SandboxStatus } from './status.ts';

/** Asks a background process over its `/_sandbox/` paths. */
export class AdminClient {
  readonly #connection: ConnectionFile;

  constructor(connection: ConnectionFile) {
    this.#connection = connection;
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#ask('GET', path);
  }

  post<Answer>(path: string, body: unknown = {}): Promise<Answer> {
    return this.#ask('POST', path, body);
  }

  delete<Answer>(path: string): Promise<Answer> {
    return this.#ask('DELETE', path);
  }

  /** The process's status, when something answers there that has this connection's id within the time. */
  async statusOrUndefined(timeoutMs: number): Promise<SandboxStatus | undefined> {
    try {
      const status = await this.#ask<SandboxStatus>('GET', 'status', undefined, timeoutMs);
      return isRecord(status) && status.id === this.#connection.id ? status : undefined;
    } catch {
      return undefined;
    }
  }

  async #ask<Answer>(method: string, path: string, body?: unknown, timeoutMs = 60_000): Promise<Answer> {
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
        `${method} ${url}: NOT_RUNNING: no answer. The sandbox may have ended; start it again.`,
        { cause: error },
      );
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer as Answer;
    const said = isRecord(answer) && typeof answer['message'] === 'string' ? answer['message'] : response.statusText;
    throw new SandboxError('REQUEST_FAILED', `${method} ${url}: REQUEST_FAILED: ${said}`);
  }
}
