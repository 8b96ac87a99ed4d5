import pg from 'pg';
import { readDatabaseUrl } from './database-url.ts';

export type Database = pg.Pool;
export type Connection = pg.PoolClient;

export interface DatabaseOptions {
  /** Milliseconds after which a query that was not answered is an error; without it a query may take its time. */
  readonly queryTimeout?: number;
  /** Told of an idle connection that broke; the next query opens another. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Opens a pool of at most five connections, the first one when it is needed. One that is not made within 3 s is an error.
 * @throws SettingsError when the address cannot be used
 */
export function openDatabase(databaseUrl: string, { queryTimeout, onIdleError }: DatabaseOptions = {}): Database {
  const { connectionString, tls } = readDatabaseUrl(databaseUrl);
  const pool = new pg.Pool({
    connectionString,
    ssl: tls,
    max: 5,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
    ...(queryTimeout === undefined ? {} : { query_timeout: queryTimeout }),
    keepAlive: true,
    application_name: 'tozo',
  });
  pool.on('error', (error) => onIdleError?.(error));
  return pool;
}

/** One line about what went wrong with the database, for a log: the text, the code, and what to do about two of them. */
export function describeDatabaseError(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const text = [message, code === undefined ? '' : `(${code})`].filter(Boolean).join(' ') || String(error);
  if (code === '42P01') return `${text}. Run the migration first: node migrate.js.`;
  if (message?.includes('does not support SSL')) return `${text}. Add ?sslmode=disable to DATABASE_URL.`;
  return text;
}
