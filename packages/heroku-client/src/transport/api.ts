import { callError, requestError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Clock } from './clock.ts';
import { requestIdOf } from './http.ts';
import type { Redact } from './redact.ts';
import { excerpt } from './rejections.ts';
import type { ApiRequest, ApiResponse, Send } from './send.ts';
import { warningsOf } from './warnings.ts';

/** One call of the API, as resources describe it. */
export interface Call {
  readonly method: ApiRequest['method'];
  /** Below the base URL, with a leading slash and without a query. */
  readonly path: string;
  /** Sent as JSON, secrets revealed. */
  readonly body?: unknown;
  /** A variant of version 3, such as `docker-releases`. */
  readonly variant?: string;
  /** The `Range` header. */
  readonly range?: string;
  /** Further headers, with names in lowercase. They win over the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** See {@link ApiRequest.isRepeatable}. */
  readonly isRepeatable?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now. */
  readonly deadline?: number | undefined;
}

/** A successful response, checked and converted. */
export interface Exchanged<T> {
  readonly value: T;
  readonly status: number;
  /** Names in lowercase. */
  readonly headers: Readonly<Record<string, string>>;
  /** What Heroku warns of in its headers, redacted. */
  readonly warnings: readonly string[];
}

/** The API as resources see it: calls in, checked values out. */
export interface Api {
  /**
   * @param shape reads the JSON of the response; throws if it's unexpected
   * @throws HerokuError
   */
  call<T>(call: Call, shape: (value: unknown) => T): Promise<T>;
  /** Like `call`, with the response's status, headers and warnings. */
  exchange<T>(call: Call, shape: (value: unknown) => T): Promise<Exchanged<T>>;
}

export interface ApiOptions {
  readonly baseUrl: URL;
  readonly userAgent: string;
  readonly send: Send;
  readonly redact: Redact;
  readonly clock: Clock;
}

export function createApi({ baseUrl, userAgent, send, redact, clock }: ApiOptions): Api {
  const root = baseUrl.href.replace(/\/$/, '');

  async function exchange<T>(call: Call, shape: (value: unknown) => T): Promise<Exchanged<T>> {
    const request = requestFor(call);
    const response = await send(request);
    const { status, headers } = response;
    const warnings = warningsOf(headers).map((text) => redact(text, request.secrets));
    return { value: parse(request, response, shape), status, headers, warnings };
  }

  function requestFor(call: Call): ApiRequest {
    const { method, path, body, variant, range, headers, isRepeatable = method === 'GET', signal, deadline } = call;
    assertDeadline(deadline);
    return {
      method,
      isRepeatable,
      url: `${root}${path}`,
      headers: {
        accept: `application/vnd.heroku+json; version=3${variant ? `.${variant}` : ''}`,
        'user-agent': userAgent,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(range === undefined ? {} : { range }),
        ...headers,
      },
      ...(body === undefined ? {} : writeBody(body)),
      ...(signal === undefined ? {} : { signal }),
      ...(deadline === undefined ? {} : { deadline: clock.now() + deadline }),
    };
  }

  /** Only the documented JSON, or no body where none is expected, is success, regardless of the status. */
  function parse<T>(request: ApiRequest, response: ApiResponse, shape: (value: unknown) => T): T {
    const details = { status: response.status, ...requestIdOf(response.headers) };
    let value: unknown;
    try {
      if (response.body !== '') value = JSON.parse(response.body);
    } catch {
      const found = excerpt(response, (text) => redact(text, request.secrets));
      throw requestError(request, 'PROTOCOL', `returned ${response.status} ${found} instead of JSON`, details);
    }
    try {
      return shape(value);
    } catch (cause) {
      throw requestError(request, 'PROTOCOL', (cause as Error).message, { ...details, cause });
    }
  }

  return { exchange, call: async (call, shape) => (await exchange(call, shape)).value };
}

/** @throws HerokuError OPTIONS_INVALID */
export function assertDeadline(deadline: number | undefined): void {
  if (deadline === undefined || deadline >= 0) return;
  throw callError(`deadline must be a number of milliseconds, 0 or more, not ${deadline}.`);
}

/** Writes a request's body. Only here are its secrets revealed. */
function writeBody(body: unknown): { body: string; secrets: Secret[] } {
  const secrets: Secret[] = [];
  const json = JSON.stringify(body, function (this: Record<string, unknown>, name: string, value: unknown) {
    const found = this[name];
    if (!(found instanceof Secret)) return value;
    secrets.push(found);
    return found.reveal();
  });
  return { body: json, secrets };
}
