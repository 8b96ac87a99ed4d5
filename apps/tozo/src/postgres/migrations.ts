import type { Connection, Database } from './database.ts';

/** One step of the schema. Steps are only ever added at the end; one that was deployed is never edited. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'create todos',
    sql: `create table todos (
      id integer generated always as identity primary key,
      title text not null check (title <> ''),
      done boolean not null default false,
      created_at timestamptz not null default now()
    )`,
  },
];

/** The key of the advisory lock, this app's own: "tozo" in ASCII. */
const lockKey = 0x746f7a6f;

/**
 * Applies what is missing, in one transaction: all of it or nothing. Several at once wait for each other, at most 30 s.
 * A database that is already further on (this version was rolled back to) is left as it is.
 * @returns the migrations it applied
 */
export async function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<Migration[]> {
  const connection = await database.connect();
  try {
    await connection.query('begin');
    const applied = await applyMissing(connection, steps);
    await connection.query('commit');
    return applied;
  } catch (error) {
    await connection.query('rollback').catch(() => {});
    throw error;
  } finally {
    connection.release();
  }
}

async function applyMissing(connection: Connection, steps: readonly Migration[]): Promise<Migration[]> {
  await connection.query(`set local lock_timeout = '30s'`);
  await connection.query('select pg_advisory_xact_lock($1)', [lockKey]);
  await connection.query(`create table if not exists schema_migrations (
    version integer primary key,
    name text not null,
    applied_at timestamptz not null default now()
  )`);
  const { rows } = await connection.query<{ version: number }>('select version from schema_migrations');
  const present = new Set(rows.map((row) => row.version));
  const missing = steps.filter((step) => !present.has(step.version));
  for (const { version, name, sql } of missing) {
    await connection.query(sql);
    await connection.query('insert into schema_migrations (version, name) values ($1, $2)', [version, name]);
  }
  return missing;
}
