import type { DesiredVariable, StoredVariable, VariableIdentity } from '../variable/variable.ts';

export interface RequestOptions {
  /** Cancels the request and its waits, with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface CreateOptions extends RequestOptions {
  /** The declaration's name, appended to the description in GitLab. */
  readonly owner?: string | undefined;
}

export interface WriteOptions extends CreateOptions {
  /** Leaves the value in GitLab as it is, such as a hidden one that can't be compared. Default false. */
  readonly keepValue?: boolean;
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
  /**
   * Creates a variable, with GitLab's defaults for settings that aren't declared; CONFLICT if it exists. If the response is lost,
   * checks whether it was created before it retries.
   */
  create(variable: DesiredVariable, options?: CreateOptions): Promise<StoredVariable>;
  /**
   * Updates the variable with this key and environment scope, and no other of the same key. Settings that aren't declared stay as
   * they are.
   */
  update(variable: DesiredVariable, options?: WriteOptions): Promise<StoredVariable>;
  /** Removes the variable with this key and environment scope; NOT_FOUND if it doesn't exist. */
  remove(identity: VariableIdentity, options?: Pick<WriteOptions, 'signal' | 'expected'>): Promise<void>;
}
