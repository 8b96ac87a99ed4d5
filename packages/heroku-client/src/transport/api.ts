import { requestError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { requestIdOf } from './http.ts';
import type { Redact } from './redact.ts';
import { excerpt } from './rejections.ts';
import type { ApiRequest, ApiResponse, Send } from './send.ts';

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
  readonly signal?: AbortSignal | undefined;
  readonly deadline?: number | undefined;
}

/** The API as resources see it: calls in, checked values out. */
export interface Api {
  /**
   * @param shape reads the JSON of the response; throws if it's unexpected
   * @throws HerokuError
   */
  call<T>(call: Call, shape: (value: unknown) => T): Promise<T>;
  /** Like `call`, with the range of the next page, if there is one. */
  page<T>(call: Call, shape: (value: unknown) => T): Promise<{ readonly value: T; readonly nextRange?: string }>;
}

export interface ApiOptions {
  readonly baseUrl: URL;
  readonly userAgent: string;
  readonly send: Send;
  readonly redact: Redact;
}

export function createApi({ baseUrl, userAgent, send, redact }: ApiOptions): Api {
  const root = baseUrl.href.replace(/\/$/, '');

  async function page<T>(call: Call, shape: (value: unknown) => T): Promise<{ value: T; nextRange?: string }> {
    const request = requestFor(call);
    const response = await send(request);
    const nextRange = response.headers['next-range'];
    return { value: parse(request, response, shape), ...(nextRange ? { nextRange } : {}) };
  }

  function requestFor({ method, path, body, variant, range, signal, deadline }: Call): ApiRequest {
    return {
      method,
      url: `${root}${path}`,
      headers: {
        accept: `application/vnd.heroku+json; version=3${variant ? `.${variant}` : ''}`,
        'user-agent': userAgent,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(range === undefined ? {} : { range }),
      },
      ...(body === undefined ? {} : writeBody(body)),
      ...(signal === undefined ? {} : { signal }),
      ...(deadline === undefined ? {} : { deadline }),
    };
  }

  /** Only the documented JSON is success, regardless of the status. */
  function parse<T>(request: ApiRequest, response: ApiResponse, shape: (value: unknown) => T): T {
    const details = { status: response.status, ...requestIdOf(response.headers) };
    let value: unknown;
    try {
      value = JSON.parse(response.body);
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

  return { page, call: async (call, shape) => (await page(call, shape)).value };
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
