import type { Secret } from '../secret.ts';

/** One request to the API, as it passes through the interceptors. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** The whole address, for the wire and for error texts; it holds no secret. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
  /** The secrets in the body: no error may quote them, even if the server does. */
  readonly secrets?: readonly Secret[];
  readonly signal?: AbortSignal;
  /** A moment on the client's clock, in milliseconds, after which no further try is begun. */
  readonly deadline?: number;
}

/** A whole answer. */
export interface ApiAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text, cut at 64 KiB when the status is not 2xx. */
  readonly body: string;
}

export type Send = (request: ApiRequest) => Promise<ApiAnswer>;

/** Wraps a {@link Send} with one concern. */
export type Interceptor = (next: Send) => Send;

/** Puts interceptors around `send`, the first one outermost. */
export function compose(send: Send, interceptors: readonly Interceptor[]): Send {
  return interceptors.reduceRight((next, intercept) => intercept(next), send);
}
