import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRecord, readBody, type Reply } from '../../http/exchange.ts';
import type { PathParameters, Route } from '../../http/routes.ts';
import type { TaggedImageStore } from '../../registry/image-store.ts';
import type { App } from '../apps/app.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import { badRequestError, forbiddenError, invalidParamsError, notAcceptableError, notFoundError } from '../errors.ts';
import type { LogSessions } from './log-sessions.ts';
import { expireReleases } from '../apps/retention.ts';
import type { Platform } from '../apps/platform.ts';
import type { Clock } from '../../time/clock.ts';
import { paginate, parseRange } from './range.ts';

/** What every route can use. */
export interface Services {
  readonly platform: Platform;
  readonly images: TaggedImageStore;
  readonly assumptions: HerokuAssumptions;
  readonly logSessions: LogSessions;
  readonly clock: Clock;
}

/** One request to the API, authorized. */
export interface Call extends Services {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parameters: PathParameters;
  /** This API's own URL, `http://127.0.0.1:PORT`. */
  readonly baseUrl: string;
  readonly query: URLSearchParams;
  /** The version in the Accept header: `3`, `3.docker-releases`. */
  readonly version: string;
}

export type Handle = (call: Call) => Reply | Promise<Reply>;
export type ApiRoute = Route<Handle>;

/** Returns the app with this name or ID, by default the one in the request's path. Throws the API's 404 or 403. */
export function appOf(call: Call, identity = call.parameters['app'] ?? ''): App {
  const app = call.platform.findApp(identity);
  if (app) {
    if (call.assumptions.retention === 'applied') expireReleases(app.record, call.clock.now());
    return app;
  }
  throw call.platform.isForeign(identity) ? forbiddenError(identity) : notFoundError('app');
}

/** Reads the request's JSON object; `{}` from an empty body. */
export async function bodyOf(call: Call): Promise<Record<string, unknown>> {
  const text = await readBody(call.request);
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequestError('Unable to parse the JSON in the request body.');
  }
  if (!isRecord(value)) throw badRequestError('The request body must be a JSON object.');
  return value;
}

/** Responds with a page of a list, as the Range header requests. The first of `fields` is the default order. */
export function replyWithList(call: Call, items: readonly Record<string, unknown>[], fields: readonly string[]): Reply {
  const shown = paginate(items, parseRange(call.request.headers.range, fields), fields);
  return { status: shown.status, body: shown.items, headers: shown.headers };
}

/**
 * Returns the version in `Accept: application/vnd.heroku+json; version=3.docker-releases`. Throws the API's 406 unless it
 * is 3 or a variant of it.
 */
export function parseApiVersion(accept: string | undefined): string {
  for (const part of (accept ?? '').split(',')) {
    const [type, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice('version='.length);
    if (type === 'application/vnd.heroku+json' && version && /^3(\.|$)/.test(version)) return version;
  }
  throw notAcceptableError();
}

/** Returns a string field of a body; undefined if it's missing or null. */
export function readOptionalString(body: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidParamsError(`${field} must be a string.`);
  return value;
}

export function readOptionalBoolean(body: Readonly<Record<string, unknown>>, field: string): boolean | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalidParamsError(`${field} must be true or false.`);
  return value;
}
