import type { StoredVariable, Variable, VariableIdentity } from '../variable/variable.ts';

export interface RequestOptions {
  /** Cancels the request and its waits, with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends RequestOptions {
  /**
   * The variable as read before. GitLab has no conditional write, so the variable is read again just before the write. If it
   * was changed or removed, nothing is written (CONFLICT).
   */
  readonly expected?: StoredVariable | undefined;
}

/** The CI/CD variables of one project. All methods throw GitlabVariablesError. */
export interface ProjectVariables {
  /** Lists all variables, on all pages, in GitLab's order. */
  list(options?: RequestOptions): Promise<StoredVariable[]>;
  /** Returns one variable, or undefined if it doesn't exist. */
  get(identity: VariableIdentity, options?: RequestOptions): Promise<StoredVariable | undefined>;
  /** Creates a variable; CONFLICT if it exists. If the response is lost, checks whether it was created before it retries. */
  create(variable: Variable, options?: RequestOptions): Promise<StoredVariable>;
  /** Updates the variable with this key and environment scope, and no other of the same key. */
  update(variable: Variable, options?: WriteOptions): Promise<StoredVariable>;
  /** Removes the variable with this key and environment scope; NOT_FOUND if it doesn't exist. */
  remove(identity: VariableIdentity, options?: WriteOptions): Promise<void>;
}
