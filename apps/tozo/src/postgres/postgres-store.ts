import { StoreError, type TodoStore } from '../store.ts';
import { maxTodos, type Todo } from '../todo.ts';
import { type Database, describeDatabaseError } from './database.ts';

const columns = 'id, title, done, created_at as "createdAt"';

/** Keeps the list in Postgres, in the table from the migrations. Closing the store closes the database. */
export function createPostgresStore(database: Database): TodoStore {
  const query = async (sql: string, values: readonly unknown[] = []): Promise<Todo[]> => {
    try {
      return (await database.query<Todo>(sql, [...values])).rows;
    } catch (cause) {
      throw new StoreError(`Postgres: ${describeDatabaseError(cause)}`, { cause });
    }
  };
  return {
    kind: 'postgres',
    list: () => query(`select ${columns} from todos order by id`),
    add: async ({ title }) => {
      const sql = `insert into todos (title) select $1 where (select count(*) from todos) < $2 returning ${columns}`;
      return (await query(sql, [title, maxTodos]))[0];
    },
    update: async (id, { title, done }) => {
      const sql = `update todos set title = coalesce($2, title), done = coalesce($3, done) where id = $1 returning ${columns}`;
      return (await query(sql, [id, title ?? null, done ?? null]))[0];
    },
    remove: async (id) => (await query(`delete from todos where id = $1 returning ${columns}`, [id])).length > 0,
    check: async () => {
      await query('select from todos limit 1');
    },
    close: () => database.end(),
  };
}
