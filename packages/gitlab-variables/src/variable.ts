import { SecretValue } from './secret-value.ts';

/** `env_var` is given to jobs as it is; of a `file`, jobs get the path of a file that holds it. */
export type VariableType = 'env_var' | 'file';

/** What tells variables of a project apart: the same key may exist once per environment scope. */
export interface VariableIdentity {
  readonly key: string;
  /** `*` for all environments, a name, or a name with wildcards such as `review/*`. */
  readonly environmentScope: string;
}

/** Everything of a variable but its identity and value. @see https://docs.gitlab.com/api/project_level_variables/ */
export interface VariableSettings {
  readonly type: VariableType;
  /** Only for pipelines of protected branches and tags; in others it is not set at all. */
  readonly protected: boolean;
  /** Cut out of job logs. */
  readonly masked: boolean;
  /** `$` in it is not expanded. */
  readonly raw: boolean;
  /** Masked, and never shown again by GitLab, not even to Maintainers. */
  readonly hidden: boolean;
  readonly description: string | null;
}

/** A variable as it should be. */
export interface Variable extends VariableIdentity, VariableSettings {
  readonly value: SecretValue;
}

/** A variable as GitLab shows it; the value of a hidden one is null. */
export interface StoredVariable extends VariableIdentity, VariableSettings {
  readonly value: SecretValue | null;
}

/** A variable with GitLab's defaults for what is not given: an env_var for all environments, open, visible, expanded. */
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

/** The identity as one text, equal for equal identities only. */
export function identityOf({ key, environmentScope }: VariableIdentity): string {
  return `${key}\n${environmentScope}`;
}

/** The identity for people: `KEY`, or `KEY (production)` when it is not for all environments. */
export function nameOf({ key, environmentScope }: VariableIdentity): string {
  return environmentScope === '*' ? key : `${key} (${environmentScope})`;
}
