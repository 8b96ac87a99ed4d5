/** Where a declared variable's value comes from. Never from the command line, which other users of the machine can read. */
export type ValueSource =
  /** Written in the file: not for secrets. */
  | { readonly value: string }
  /** An environment variable, or a name in a file of `--env-file`. */
  | { readonly fromEnv: string }
  /** The content of a file, relative to the declaration. */
  | { readonly fromFile: string }
  /** What a program prints, such as `["op", "read", "op://ci/heroku/key"]`. Runs without a shell. */
  | { readonly fromCommand: readonly [string, ...string[]] }
  /** Everything on standard input. At most one variable of a declaration. */
  | { readonly fromStdin: true };

export const sourceNames = ['value', 'fromEnv', 'fromFile', 'fromCommand', 'fromStdin'] as const;

/** Returns what is wrong with an entry's sources, as the field and the problem, or the source. */
export function parseSource(
  entry: Readonly<Record<string, unknown>>,
): { readonly source: ValueSource } | { readonly field: string; readonly problem: string } {
  const [name, other] = sourceNames.filter((candidate) => entry[candidate] !== undefined);
  if (name === undefined || other !== undefined) {
    return { field: other ?? 'fromEnv', problem: `is one of ${sourceNames.join(', ')}: use exactly one` };
  }
  const given = entry[name];
  if (name === 'fromStdin') {
    return given === true ? { source: { fromStdin: true } } : { field: name, problem: 'must be true' };
  }
  if (name === 'fromCommand') {
    return isCommand(given)
      ? { source: { fromCommand: given } }
      : { field: name, problem: 'must be an array of strings: the program and its arguments' };
  }
  if (typeof given !== 'string') return { field: name, problem: 'must be a string' };
  if (name !== 'value' && given === '') return { field: name, problem: 'must not be empty' };
  return { source: { [name]: given } as ValueSource };
}

function isCommand(value: unknown): value is [string, ...string[]] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string') && Boolean(value[0]);
}

/** Where values are read from. */
export interface ValueContext {
  /** Names and values for `fromEnv`: the environment, and files of `--env-file`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory that `fromFile` and `fromCommand` are relative to. */
  readonly directory: string;
  /** Standard input, for `fromStdin`. */
  readonly stdin: AsyncIterable<Buffer | string>;
  /** Receives what a command prints on stderr. */
  readonly onStderr?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}
