import type { Fields } from '../shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#release */
export interface Release {
  readonly id: string;
  readonly version: number;
  /** `pending`, `succeeded`, `failed` or `expired`; anything else is a status that this package does not know: no success. */
  readonly status: string;
  /** Whether this is what runs. */
  readonly current: boolean;
  readonly description: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The account that made it, by e-mail address. */
  readonly user: string | null;
  /** Where the release phase's output can be read, see `releaseOutput`; null when there is no release phase. */
  readonly outputStreamUrl: string | null;
  /** Whether a rollback to it is still possible; null where the API does not tell. */
  readonly eligibleForRollback: boolean | null;
}

export function readRelease(fields: Fields): Release {
  return {
    id: fields.string('id'),
    version: fields.integer('version'),
    status: fields.string('status'),
    current: fields.boolean('current'),
    description: fields.nullable('description', (it) => it.string('description')) ?? '',
    createdAt: fields.string('created_at'),
    user: fields.nullable('user', (it) => it.object('user').string('email')),
    outputStreamUrl: fields.nullable('output_stream_url', (it) => it.string('output_stream_url')),
    eligibleForRollback: fields.nullable('eligible_for_rollback', (it) => it.boolean('eligible_for_rollback')),
  };
}
