import type { Secret } from '../secret.ts';

/** One request to the API, as interceptors see it. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** For the wire and for error messages; contains no secret. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  /** The secrets in the body: no error may quote them, even if the server does. */
  readonly secrets?: readonly Secret[];
  readonly signal?: AbortSignal;
  /** Whether it may be sent again when nobody knows whether it happened. A GET always may. */
  readonly isRepeatable?: boolean;
  /** The time on the client's clock, in milliseconds, after which no attempt starts. */
  readonly deadline?: number;
}

/** A complete response. */
export interface ApiResponse {
  readonly status: number;
  /** Names in lowercase. */
  readonly headers: Readonly<Record<string, string>>;
  /** Cut at 64 KiB unless the status is 2xx. */
  readonly body: string;
}

export type Send = (request: ApiRequest) => Promise<ApiResponse>;

/** Wraps a {@link Send} with one concern. */
export type Interceptor = (next: Send) => Send;

/** Wraps `send` in interceptors, the first one outermost. */
export function compose(send: Send, interceptors: readonly Interceptor[]): Send {
  return interceptors.reduceRight((next, intercept) => intercept(next), send);
}
