import { callError } from '../errors.ts';
import type { Api, Call } from '../transport/api.ts';
import type { RequestOptions } from './request-options.ts';

/** A request that no resource of this package covers. */
export interface RawRequest extends RequestOptions {
  readonly method: Call['method'];
  /** Below the base URL, with a leading slash; may have a query. Errors show it: don't put secrets in it. */
  readonly path: string;
  /** Sent as JSON. A `Secret` in it is revealed on the wire only. */
  readonly body?: unknown;
  /** For example `accept`, to choose a variant, or `range`, to choose a page. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawResponse {
  /** 200 to 299; everything else is a HerokuError. */
  readonly status: number;
  /** Names in lowercase. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; undefined if the response has no body. */
  readonly body: unknown;
}

/** Headers that the client sets itself. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
]);

/**
 * Sends one request, with the retries, errors and redaction of all others.
 * @throws HerokuError
 */
export async function sendRawRequest(api: Api, request: RawRequest): Promise<RawResponse> {
  const { headers = {}, ...call } = request;
  assertPath(call.path);
  const { value, ...response } = await api.exchange({ ...call, headers: parseHeaders(headers) }, (body) => body);
  return { status: response.status, headers: response.headers, body: value };
}

function assertPath(path: string): void {
  const isPath = /^\/[\x21-\x7e]*$/.test(path) && !/[#\\]/.test(path);
  // A URL's parser would drop these segments, and what's before them.
  const climbs = path.split(/[/?]/).some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
  if (!isPath || climbs) throw callError(`"${path}" isn't a path of the API, such as /apps/shop/addons.`);
}

function parseHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const key = name.toLowerCase();
      if (ownHeaders.has(key)) throw callError(`The header ${name} is set by the client: leave it out.`);
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key) || !/^[\t\x20-\x7e]*$/.test(value))
        throw callError(`The header "${name}" can't be sent: use printable ASCII.`);
      return [key, value];
    }),
  );
}
