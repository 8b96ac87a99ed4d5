import type { NewTodo, Todo, TodoChange } from './todo.ts';

/** Where the list is kept. Every method rejects with a {@link StoreError} when the place cannot be reached. */
export interface TodoStore {
  /** Shown to people and by /health. */
  readonly kind: 'memory' | 'postgres';
  /** All todos, oldest first. */
  list(): Promise<readonly Todo[]>;
  /** The new todo; undefined when the list already holds as many as it may. */
  add(todo: NewTodo): Promise<Todo | undefined>;
  /** The todo as it is afterwards; undefined when there is none with this id. */
  update(id: number, change: TodoChange): Promise<Todo | undefined>;
  /** Whether there was one to remove. */
  remove(id: number): Promise<boolean>;
  /** Resolves when the list can be read. */
  check(): Promise<void>;
  /** Lets go of connections; nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** The list cannot be reached. Its text is for the log, not for visitors. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
