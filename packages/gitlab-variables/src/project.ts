import type { StoredVariable, Variable, VariableIdentity } from './variable.ts';

export interface RequestOptions {
  /** Ends the request and every wait in it with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends RequestOptions {
  /**
   * How the variable was when it was read. GitLab has no conditional write, so it is read again just before: when it is
   * another one by now, or gone, nothing is written (CONFLICT).
   */
  readonly expected?: StoredVariable | undefined;
}

/** The CI/CD variables of one project. Every method fails with a GitlabVariablesError. */
export interface ProjectVariables {
  /** All of them, page after page, in GitLab's order. */
  list(options?: RequestOptions): Promise<StoredVariable[]>;
  /** One of them; undefined when there is none. */
  get(identity: VariableIdentity, options?: RequestOptions): Promise<StoredVariable | undefined>;
  /** Makes one. CONFLICT when it exists. After a lost answer it is looked for, and sent again only when it is not there. */
  create(variable: Variable, options?: RequestOptions): Promise<StoredVariable>;
  /** Changes the one of this key and environment scope, whatever others the key has. */
  update(variable: Variable, options?: WriteOptions): Promise<StoredVariable>;
  /** Removes the one of this key and environment scope; NOT_FOUND when it is gone. */
  remove(identity: VariableIdentity, options?: WriteOptions): Promise<void>;
}
