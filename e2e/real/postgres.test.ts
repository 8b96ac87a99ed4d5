import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDatabaseError, openDatabase } from 'tozo/src/postgres/database.ts';
import { migrate, migrations } from 'tozo/src/postgres/migrations.ts';
import { createPostgresStore } from 'tozo/src/postgres/postgres-store.ts';
import { startProgram } from 'tozo/src/testing/program.ts';
import { send, startApp } from 'tozo/src/testing/running-app.ts';
import { describeTodoStore } from 'tozo/src/testing/todo-store-contract.ts';
import { findPostgres, type PostgresCluster, query, startPostgres } from './postgres-cluster.ts';

const bin = findPostgres();
if (bin === undefined) console.log('skipped: no Postgres server (apt-get install postgresql, or set POSTGRES_BIN)');

describe.skipIf(bin === undefined)('tozo on a real Postgres', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startPostgres(bin ?? '');
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  describe('the migration', () => {
    it('fails as a whole: after a broken step, nothing of the earlier ones remains', async () => {
      const databaseUrl = await cluster.createDatabase();
      await using database = disposable(databaseUrl);
      const broken = [...migrations, { version: 2, name: 'broken', sql: 'alter table nowhere add column x text' }];
      await expect(migrate(database, broken)).rejects.toThrow('relation "nowhere" does not exist');
      expect(await query(databaseUrl, `select from pg_tables where schemaname = 'public'`)).toEqual([]);
      expect(await migrate(database)).toEqual(migrations);
    });

    it('runs once, even if several processes start it at the same time', async () => {
      const databaseUrl = await cluster.createDatabase();
      const programs = [1, 2, 3].map(() => startProgram('migrate', { DATABASE_URL: databaseUrl }));
      const ended = await Promise.all(programs.map((program) => program.ended));
      expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ended.map(() => ({ code: 0, stderr: '' })));
      expect(ended.map(({ stdout }) => stdout).sort()).toEqual([
        'migration 1, create todos: applied\n',
        'the schema is up to date: nothing to migrate\n',
        'the schema is up to date: nothing to migrate\n',
      ]);
      expect(await query(databaseUrl, 'select version, name from schema_migrations')).toEqual([
        { version: 1, name: 'create todos' },
      ]);
    });

    it('leaves a newer schema unchanged, so a rollback to an older version works', async () => {
      const databaseUrl = await cluster.createDatabase();
      await using database = disposable(databaseUrl);
      await migrate(database, [...migrations, { version: 2, name: 'note', sql: 'alter table todos add note text' }]);
      expect(await migrate(database)).toEqual([]);
      const store = createPostgresStore(database);
      expect(await store.add({ title: 'x' })).toMatchObject({ id: 1, title: 'x' });
    });
  });

  describeTodoStore('postgres', async () => {
    const database = openDatabase(await cluster.createDatabase());
    await migrate(database);
    return createPostgresStore(database);
  });

  describe('TLS', () => {
    const tls = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';

    it('fails with verify-full for a self-signed certificate', async () => {
      const databaseUrl = await cluster.createDatabase();
      const error = await query(`${databaseUrl}?sslmode=verify-full`, tls).catch((thrown: unknown) => thrown);
      expect(describeDatabaseError(error)).toMatch(/self-signed certificate/);
    });

    it('is used with require without verification, as Heroku Postgres needs, and not for local databases', async () => {
      const databaseUrl = await cluster.createDatabase();
      expect(await query(`${databaseUrl}?sslmode=require`, tls)).toEqual([{ ssl: true }]);
      expect(await query(databaseUrl, tls)).toEqual([{ ssl: false }]);
    });
  });

  describe('the app', () => {
    it('is unhealthy until the release phase has run, and the log says what to do', async () => {
      const databaseUrl = await cluster.createDatabase();
      await using app = await startApp({ store: createPostgresStore(openDatabase(databaseUrl)) });
      expect((await fetch(`${app.url}/health`)).status).toBe(503);
      expect(app.lines).toEqual([
        'unhealthy: Postgres: relation "todos" does not exist (42P01). Run the migration first: node migrate.js.',
      ]);
      await using database = disposable(databaseUrl);
      await migrate(database);
      const response = await fetch(`${app.url}/health`);
      expect([response.status, await response.json()]).toEqual([200, { status: 'ok', store: 'postgres' }]);
      expect(await (await fetch(app.url)).text()).not.toContain('kept in memory');
    });

    it('keeps every todo through a restart of the database and of itself', async () => {
      const databaseUrl = await cluster.createDatabase();
      await using release = startProgram('migrate', { DATABASE_URL: databaseUrl });
      expect((await release.ended).code).toBe(0);
      await using first = startProgram('server', { PORT: '0', DATABASE_URL: databaseUrl });
      const url = `http://127.0.0.1:${await first.listening}`;
      expect((await send('POST', `${url}/api/todos`, { title: 'Buy milk' })).status).toBe(201);

      await cluster.stop();
      expect((await fetch(`${url}/health`)).status).toBe(503);
      expect((await fetch(url)).status).toBe(503);
      await cluster.start();
      expect((await fetch(`${url}/health`)).status).toBe(200);

      const before = performance.now();
      first.kill('SIGTERM');
      const { code, stdout } = await first.ended;
      expect(code).toBe(0);
      expect(performance.now() - before).toBeLessThan(5_000);
      expect(stdout).toContain('an idle connection to Postgres failed');
      await using second = startProgram('server', { PORT: '0', DATABASE_URL: databaseUrl });
      const again = await fetch(`http://127.0.0.1:${await second.listening}/api/todos`);
      expect(await again.json()).toMatchObject({ todos: [{ id: 1, title: 'Buy milk' }] });
    });

    it('roughly keeps the limit of the list under concurrent additions', async () => {
      const databaseUrl = await cluster.createDatabase();
      await using database = disposable(databaseUrl);
      await migrate(database);
      await database.query(`insert into todos (title) select 'x' from generate_series(1, 490)`);
      await using app = await startApp({ store: createPostgresStore(openDatabase(databaseUrl)) });
      const responses = await Promise.all(
        Array.from({ length: 40 }, () => send('POST', `${app.url}/api/todos`, { title: 'x' })),
      );
      const added = responses.filter((response) => response.status === 201).length;
      expect(responses.every(({ status }) => status === 201 || status === 409)).toBe(true);
      // Five connections at most can see the same count.
      expect(added).toBeGreaterThanOrEqual(10);
      expect(added).toBeLessThanOrEqual(14);
    });
  });
});

function disposable(databaseUrl: string): ReturnType<typeof openDatabase> & AsyncDisposable {
  const database = openDatabase(databaseUrl);
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.end() });
}
