import type { GitlabVariablesError } from '../errors.ts';

/** The error that a call ends with. */
export async function failureOf(call: Promise<unknown> | (() => unknown)): Promise<GitlabVariablesError> {
  try {
    await (typeof call === 'function' ? call() : call);
  } catch (error) {
    return error as GitlabVariablesError;
  }
  throw new Error('It should have failed.');
}
