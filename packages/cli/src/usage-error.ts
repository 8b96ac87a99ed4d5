/** The exit code of a command that was refused for what the user wrote or set. */
export const usageExitCode = 2;

/** A mistake in the arguments or the environment: exit code 2, and no stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Runs `work`. An error of the given class is about what the user wrote or set, so it is reported as a usage error;
 * any other error is a defect and passes through with its stack trace.
 */
export async function withUsageErrors<T>(expected: ErrorClass, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof expected) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
