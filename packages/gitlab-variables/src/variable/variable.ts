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

/**
 * A variable as declared. A setting left out isn't declared: a new variable gets GitLab's default, an existing one keeps what it
 * has. Without a value, as in a check that can't know it, the value isn't compared.
 */
export interface ExpectedVariable extends VariableIdentity, Partial<VariableSettings> {
  readonly value?: SecretValue;
}

/** A declared variable with its value. */
export interface DesiredVariable extends ExpectedVariable {
  readonly value: SecretValue;
}

/** A variable as GitLab returns it. A hidden value is null. */
export interface StoredVariable extends VariableIdentity, VariableSettings {
  readonly value: SecretValue | null;
  /** The declaration that created the variable, and may remove it. Part of the description in GitLab. */
  readonly owner?: string;
}

/** Settings that a new variable gets unless they're declared. */
export const defaultSettings: VariableSettings = {
  type: 'env_var',
  protected: false,
  masked: false,
  raw: false,
  hidden: false,
  description: null,
};

const settingNames = ['type', 'protected', 'masked', 'raw', 'hidden', 'description'] as const;

/** Returns a declared variable for all environments, or for those of the scope. */
export function variable(
  given: { readonly key: string; readonly value: string | SecretValue } & Partial<VariableSettings & VariableIdentity>,
): DesiredVariable {
  const { key, value, environmentScope = '*' } = given;
  return {
    key,
    environmentScope,
    ...declaredSettings(given),
    value: typeof value === 'string' ? new SecretValue(value) : value,
  };
}

/** Returns the settings that aren't undefined. An empty description is none. */
export function declaredSettings(given: Partial<VariableSettings>): Partial<VariableSettings> {
  const declared = settingNames.flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [[name, name === 'description' ? value || null : value] as const];
  });
  return Object.fromEntries(declared);
}

/** Returns all settings of a declared variable once it's written over the current one. Hidden implies masked. */
export function settingsOf(
  expected: Partial<VariableSettings>,
  current: VariableSettings = defaultSettings,
): VariableSettings {
  const isUnmasked = expected.masked === false;
  const hidden = expected.hidden ?? (current.hidden && !isUnmasked);
  return {
    type: expected.type ?? current.type,
    protected: expected.protected ?? current.protected,
    masked: expected.masked ?? (hidden || current.masked),
    raw: expected.raw ?? current.raw,
    hidden,
    description: expected.description === undefined ? current.description : expected.description,
  };
}

/** Returns the identity without anything else. */
export function identity({ key, environmentScope }: VariableIdentity): VariableIdentity {
  return { key, environmentScope };
}

/** Returns the identity as a unique string. */
export function identityOf({ key, environmentScope }: VariableIdentity): string {
  return `${key}\n${environmentScope}`;
}

/** Returns the identity for people: `KEY`, or `KEY (production/*)` when it isn't for all environments. */
export function nameOf({ key, environmentScope }: VariableIdentity): string {
  return environmentScope === '*' ? key : `${key} (${environmentScope})`;
}
