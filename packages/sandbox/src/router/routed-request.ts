import { routerErrors, type RouterErrorCode } from './error-page.ts';

/** How the router served a request. */
export interface RoutedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly id: string;
  /** The addresses of the client and its proxies. */
  readonly forwardedFor: string;
  /** The dyno that received the request, if any did. */
  readonly dyno?: DynoExchange;
  /** The status of the dyno's response, or the router's error. */
  readonly result: number | RouterErrorCode;
}

/** What a dyno's part of a request took. */
export interface DynoExchange {
  readonly name: string;
  readonly connectMs: number;
  readonly serviceMs: number;
  /** The bytes received from the dyno. */
  readonly bytes: number;
}

/**
 * Formats a request as Heroku's router logs it.
 * @see https://devcenter.heroku.com/articles/http-routing#heroku-router-log-format
 */
export function formatRouterLine({ result, dyno, ...request }: RoutedRequest): string {
  const milliseconds = (ms: number | undefined) => (ms === undefined ? '' : `${Math.round(ms)}ms`);
  const fields = {
    method: request.method,
    path: `"${request.path}"`,
    host: request.host,
    request_id: request.id,
    fwd: `"${request.forwardedFor}"`,
    dyno: dyno?.name ?? '',
    connect: milliseconds(dyno?.connectMs),
    service: milliseconds(dyno?.serviceMs),
    status: typeof result === 'number' ? result : result === 'H27' ? 499 : 503,
    bytes: dyno?.bytes ?? '',
    protocol: 'http',
  };
  return [...levelOf(result), ...Object.entries(fields).map(([name, value]) => `${name}=${value}`)].join(' ');
}

function levelOf(result: RoutedRequest['result']): string[] {
  if (typeof result === 'number') return ['at=info'];
  const socket = { H18: ['sock=backend'], H27: ['sock=client'] }[result as string] ?? [];
  return [...socket, result === 'H27' ? 'at=warning' : 'at=error', `code=${result}`, `desc="${routerErrors[result]}"`];
}
