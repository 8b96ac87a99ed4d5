import pg from 'pg';
import { parseDatabaseUrl } from './database-url.ts';

export type Database = pg.Pool;
export type Connection = pg.PoolClient;

export interface DatabaseOptions {
  /** Milliseconds until a query fails. Default: no limit. */
  readonly queryTimeout?: number;
  /** Called when an idle connection fails. The next query opens another. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Creates a pool of at most five connections, opened on demand within 3 s.
 * @throws SettingsError if the URL is invalid
 */
export function openDatabase(databaseUrl: string, { queryTimeout, onIdleError }: DatabaseOptions = {}): Database {
  const { connectionString, tls } = parseDatabaseUrl(databaseUrl);
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

/** Returns a line for the log with the error's message and code, and what to do about two of the codes. */
export function describeDatabaseError(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const text = [message, code === undefined ? '' : `(${code})`].filter(Boolean).join(' ') || String(error);
  if (code === '42P01') return `${text}. Run the migration first: node migrate.js.`;
  if (message?.includes('does not support SSL')) return `${text}. Add ?sslmode=disable to DATABASE_URL.`;
  return text;
}
