/** The command was called wrongly or its environment lacks something: exit code 2, and no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
