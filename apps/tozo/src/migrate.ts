import { describeDatabaseError, openDatabase } from './postgres/database.ts';
import { migrate } from './postgres/migrations.ts';
import { readSettings } from './settings.ts';

/** The release phase: migrates the database's schema to this version. Returns what it did. */
async function run(): Promise<string[]> {
  const { databaseUrl } = readSettings(process.env);
  if (databaseUrl === undefined) return ['no DATABASE_URL: nothing to migrate'];
  const database = openDatabase(databaseUrl);
  try {
    const applied = await migrate(database);
    if (applied.length === 0) return ['the schema is up to date: nothing to migrate'];
    return applied.map(({ version, name }) => `migration ${version}, ${name}: applied`);
  } finally {
    await database.end();
  }
}

// Without a handler, a container's first process ignores SIGTERM. The server rolls an open transaction back.
process.on('SIGTERM', () => process.exit(143));
try {
  for (const line of await run()) process.stdout.write(`${line}\n`);
} catch (error) {
  process.stderr.write(`migration failed: ${describeDatabaseError(error)}\n`);
  process.exitCode = 1;
}
