import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRecord, readBody, type Reply } from '../../http/exchange.ts';
import type { PathParameters, Route } from '../../http/routes.ts';
import type { TaggedImageStore } from '../../registry/image-store.ts';
import type { App } from '../apps/app.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import { badRequest, forbidden, invalidParams, notAcceptable, notFound } from '../errors.ts';
import type { LogSessions } from './log-sessions.ts';
import type { Platform } from '../apps/platform.ts';
import { page, parseRange } from './range.ts';

/** What every route can reach. */
export interface Services {
  readonly platform: Platform;
  readonly images: TaggedImageStore;
  readonly assumptions: HerokuAssumptions;
  readonly logSessions: LogSessions;
}

/** One request to the API, authorized. */
export interface Call extends Services {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parameters: PathParameters;
  /** `http://127.0.0.1:PORT`, where this API is served. */
  readonly baseUrl: string;
  /** Of the Accept header: `3`, `3.docker-releases`. */
  readonly version: string;
}

export type Handle = (call: Call) => Reply | Promise<Reply>;
export type ApiRoute = Route<Handle>;

/** The app that the path names; the API's 404 or 403 when there is none that one may see. */
export function appOf(call: Call): App {
  const identity = call.parameters['app'] ?? '';
  const app = call.platform.findApp(identity);
  if (app) return app;
  throw call.platform.isForeign(identity) ? forbidden(identity) : notFound('app');
}

/** The request's JSON object; an empty body counts as `{}`. */
export async function bodyOf(call: Call): Promise<Record<string, unknown>> {
  const text = await readBody(call.request);
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('Unable to parse the JSON in the request body.');
  }
  if (!isRecord(value)) throw badRequest('The request body must be a JSON object.');
  return value;
}

/** A list with Heroku's Range paging; the first of `fields` is the default order. */
export function listReply(call: Call, items: readonly Record<string, unknown>[], fields: readonly string[]): Reply {
  const shown = page(items, parseRange(call.request.headers.range, fields), fields);
  return { status: shown.status, body: shown.items, headers: shown.headers };
}

/** `version` of `Accept: application/vnd.heroku+json; version=3.docker-releases`; the API's 406 without version 3. */
export function acceptedVersion(accept: string | undefined): string {
  for (const part of (accept ?? '').split(',')) {
    const [type, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice('version='.length);
    if (type === 'application/vnd.heroku+json' && version && /^3(\.|$)/.test(version)) return version;
  }
  throw notAcceptable();
}

/** A field of a body that must be a string when it is there. */
export function optionalString(body: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidParams(`${field} must be a string.`);
  return value;
}

export function optionalBoolean(body: Readonly<Record<string, unknown>>, field: string): boolean | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalidParams(`${field} must be true or false.`);
  return value;
}
