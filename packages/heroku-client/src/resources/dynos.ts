import type { Api } from '../transport/api.ts';
import { appPath } from './names.ts';
import type { RequestOptions } from './request-options.ts';
import { type Fields, listOf } from './shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#dyno */
export interface Dyno {
  readonly id: string;
  /** `web.1`, `worker.2`, `run.1234`. */
  readonly name: string;
  readonly type: string;
  /** `starting`, `up`, `idle`, `crashed` or `down`; others are unknown to this package. */
  readonly state: string;
  readonly command: string;
  readonly size: string;
  /** The release it runs. */
  readonly release: { readonly id: string; readonly version: number };
  /** ISO 8601. */
  readonly createdAt: string;
  /** When its state last changed, ISO 8601. */
  readonly updatedAt: string;
}

export interface DynosResource {
  list(app: string, options?: RequestOptions): Promise<Dyno[]>;
}

export function dynosResource(api: Api): DynosResource {
  return {
    list: async (app, options = {}) =>
      api.call({ method: 'GET', path: `${appPath(app)}/dynos`, ...options }, listOf(readDyno)),
  };
}

function readDyno(fields: Fields): Dyno {
  const release = fields.object('release');
  return {
    id: fields.string('id'),
    name: fields.string('name'),
    type: fields.string('type'),
    state: fields.string('state'),
    command: fields.nullable('command', (it) => it.string('command')) ?? '',
    size: fields.nullable('size', (it) => it.string('size')) ?? '',
    release: { id: release.string('id'), version: release.integer('version') },
    createdAt: fields.string('created_at'),
    updatedAt: fields.string('updated_at'),
  };
}
