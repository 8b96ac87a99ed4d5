import type { Fields } from '../resources/shape.ts';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#release */
export interface Release {
  readonly id: string;
  readonly version: number;
  /** `pending`, `succeeded`, `failed` or `expired`; others are unknown to this package, and no success. */
  readonly status: string;
  /** Whether it's the one that runs. */
  readonly current: boolean;
  readonly description: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The email address of the account that created it. */
  readonly user: string | null;
  /** The URL of the release phase's output, for `releaseOutput`; null without a release phase. */
  readonly outputStreamUrl: string | null;
  /** Whether a rollback to it is still possible; null if the API doesn't say. */
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
