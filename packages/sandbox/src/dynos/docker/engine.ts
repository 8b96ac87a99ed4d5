import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { SandboxError } from '../../errors/sandbox-error.ts';
import { type EngineAddress, engineText } from './engine-address.ts';

type Query = Readonly<Record<string, string | number | boolean>>;

interface EngineRequest {
  readonly query?: Query;
  /** Sent as JSON, or a stream as a tar. */
  readonly body?: object | Readable;
}

/** An error response of the engine. */
export class EngineRefusal extends Error {
  override readonly name = 'EngineRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the runner needs to know about the engine. */
export interface EngineInfo {
  readonly OSType: string;
  /** The commit of `docker-init`; `N/A` or empty if the engine has none. */
  readonly InitCommit?: { readonly ID?: string };
}

/**
 * A Docker Engine, by its HTTP API in any version.
 *
 * @see https://docs.docker.com/reference/api/engine/
 */
export class Engine {
  readonly #address: EngineAddress;

  constructor(address: EngineAddress) {
    this.#address = address;
  }

  /** @throws SandboxError DOCKER_UNAVAILABLE unless an engine for Linux containers responds */
  async info(): Promise<EngineInfo> {
    const info = await this.ask<EngineInfo>('GET', '/info').catch((error: unknown) => {
      throw this.#unavailable(error instanceof Error ? error.message : String(error), error);
    });
    if (info.OSType !== 'linux') throw this.#unavailable(`it runs ${info.OSType} containers`);
    return info;
  }

  /** Returns the response's JSON; undefined without a body. Rejects with EngineRefusal for statuses from 400. */
  async ask<Answer>(method: string, path: string, options: EngineRequest = {}): Promise<Answer> {
    const response = await this.stream(method, path, options);
    if (response.statusCode === 204 || response.statusCode === 304) {
      response.resume();
      return undefined as Answer;
    }
    return (await json(response)) as Answer;
  }

  /** Returns the response as a stream. */
  async stream(method: string, path: string, { query = {}, body }: EngineRequest = {}): Promise<IncomingMessage> {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const isStream = body !== undefined && 'pipe' in body;
    const outgoing = request({
      ...this.#address,
      method,
      path: `${path}?${search.toString()}`,
      headers: {
        host: 'docker',
        ...(body && { 'content-type': isStream ? 'application/x-tar' : 'application/json' }),
      },
    });
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    if (isStream) pipeline(body, outgoing).catch((error: Error) => outgoing.destroy(error));
    else outgoing.end(body && JSON.stringify(body));
    const [response] = await answered;
    if ((response.statusCode ?? 500) < 400) return response;
    throw new EngineRefusal(response.statusCode ?? 500, messageOf(await text(response)));
  }

  #unavailable(reason: string, cause?: unknown): SandboxError {
    return new SandboxError(
      'DOCKER_UNAVAILABLE',
      `${engineText(this.#address)}: DOCKER_UNAVAILABLE: can't run dynos in this Docker Engine: ${reason}. Start it, set DOCKER_HOST to another, or drop --dynos docker.`,
      { cause },
    );
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body.trim();
  }
}
