/** An item of the list. IDs count up from 1 and are never reused. */
export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  readonly createdAt: Date;
}

export interface NewTodo {
  readonly title: string;
}

/** The fields to change. Missing fields keep their values. */
export interface TodoChange {
  readonly title?: string;
  readonly done?: boolean;
}

/** A problem with one field of an input. `path` is empty for the input as a whole. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/** In characters (code points). */
export const maxTitleLength = 200;
export const maxTodos = 500;

/** The maximum of a Postgres `integer`. */
const maxId = 2 ** 31 - 1;

/** Control characters and lone surrogates, not all of which Postgres can store. */
const invalidCharacters = /[\p{Cc}\p{Cs}]/u;

/** Parses `{ title }` and trims the title. Returns all problems at once. */
export function parseNewTodo(input: unknown): Parsed<NewTodo> {
  if (!isRecord(input)) return notAnObject;
  const problems = [...unknownFields(input, ['title']), ...titleProblems(input['title'])];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { title: String(input['title']).trim() } };
}

/** Parses `{ title?, done? }`, of which at least one is required. Returns all problems at once. */
export function parseTodoChange(input: unknown): Parsed<TodoChange> {
  if (!isRecord(input)) return notAnObject;
  const { title, done } = input;
  const problems = [
    ...unknownFields(input, ['title', 'done']),
    ...(title === undefined ? [] : titleProblems(title)),
    ...(done === undefined || typeof done === 'boolean' ? [] : [{ path: 'done', message: 'must be true or false' }]),
    ...(title === undefined && done === undefined ? [{ path: '', message: 'must have "title" or "done"' }] : []),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      ...(typeof title === 'string' ? { title: title.trim() } : {}),
      ...(typeof done === 'boolean' ? { done } : {}),
    },
  };
}

/** Parses the ID in a URL. Returns undefined if it isn't a valid ID. */
export function parseTodoId(text: string): number | undefined {
  const id = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : 0;
  return id >= 1 && id <= maxId ? id : undefined;
}

const notAnObject = { ok: false, problems: [{ path: '', message: 'must be a JSON object' }] } as const;

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function unknownFields(input: Record<string, unknown>, known: readonly string[]): Problem[] {
  return Object.keys(input)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: key, message: `is an unknown field: use ${known.join(', ')}` }));
}

function titleProblems(title: unknown): Problem[] {
  const message = titleProblem(title);
  return message === undefined ? [] : [{ path: 'title', message }];
}

function titleProblem(title: unknown): string | undefined {
  if (typeof title !== 'string') return 'must be a string';
  const text = title.trim();
  if (text === '') return 'must not be empty';
  if (Array.from(text).length > maxTitleLength) return `must have at most ${maxTitleLength} characters`;
  if (invalidCharacters.test(text)) return 'must be one line of text without control characters';
  return undefined;
}
