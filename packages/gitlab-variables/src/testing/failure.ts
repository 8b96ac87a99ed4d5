import type { GitlabVariablesError } from '../variable/errors.ts';

/** Returns the error that a call throws. */
export async function failureOf(call: Promise<unknown> | (() => unknown)): Promise<GitlabVariablesError> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (error) {
    return error as GitlabVariablesError;
  }
  throw new Error('Expected an error.');
}
