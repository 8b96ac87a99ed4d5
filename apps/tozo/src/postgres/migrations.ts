import type { Connection, Database } from './database.ts';

/** One schema change. Add new ones only at the end, and never edit a deployed one. */
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

/** The key of the app's advisory lock: "tozo" in ASCII. */
const lockKey = 0x746f7a6f;

/**
 * Applies the missing migrations in one transaction. Concurrent runs wait for each other, for up to 30 s. Keeps a newer schema
 * unchanged, as after a rollback to this version.
 * @returns the applied migrations
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
