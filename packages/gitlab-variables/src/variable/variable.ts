import { SecretValue } from './secret-value.ts';

/** Jobs get an `env_var` as is. For a `file` they get the path of a file that contains the value. */
export type VariableType = 'env_var' | 'file';

/** Identifies a variable in a project: a key can exist once per environment scope. */
export interface VariableIdentity {
  readonly key: string;
  /** `*` for all environments, a name, or a name with wildcards such as `review/*`. */
  readonly environmentScope: string;
}

/** A variable's settings, without its identity and value. @see https://docs.gitlab.com/api/project_level_variables/ */
export interface VariableSettings {
  readonly type: VariableType;
  /** Set only in pipelines of protected branches and tags. */
  readonly protected: boolean;
  /** Masked in job logs. */
  readonly masked: boolean;
  /** `$` isn't expanded. */
  readonly raw: boolean;
  /** Masked, and never shown again by GitLab, even to Maintainers. */
  readonly hidden: boolean;
  readonly description: string | null;
}

/** A desired variable. */
export interface Variable extends VariableIdentity, VariableSettings {
  readonly value: SecretValue;
}

/** A variable as GitLab returns it. A hidden value is null. */
export interface StoredVariable extends VariableIdentity, VariableSettings {
  readonly value: SecretValue | null;
}

/** Returns a variable with GitLab's defaults: an env_var for all environments, unprotected, unmasked, expanded. */
export function variable(
  given: { readonly key: string; readonly value: string | SecretValue } & Partial<VariableSettings & VariableIdentity>,
): Variable {
  const hidden = given.hidden ?? false;
  return {
    key: given.key,
    value: typeof given.value === 'string' ? new SecretValue(given.value) : given.value,
    environmentScope: given.environmentScope ?? '*',
    type: given.type ?? 'env_var',
    protected: given.protected ?? false,
    masked: given.masked ?? hidden,
    raw: given.raw ?? false,
    hidden,
    description: given.description || null,
  };
}

/** Returns the identity as a unique string. */
export function identityOf({ key, environmentScope }: VariableIdentity): string {
  return `${key}\n${environmentScope}`;
}

/** Returns the identity for people: `KEY`, or `KEY (production)` when it isn't for all environments. */
export function nameOf({ key, environmentScope }: VariableIdentity): string {
  return environmentScope === '*' ? key : `${key} (${environmentScope})`;
}
