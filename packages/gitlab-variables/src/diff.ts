import { GitlabVariablesError } from './errors.ts';
import { identityOf, nameOf, type StoredVariable, type Variable } from './variable.ts';

/** What of a variable differs, by name. */
export type ChangedField = 'value' | 'type' | 'protected' | 'masked' | 'raw' | 'hidden' | 'description';

/** What becomes of one variable. It holds values, which do not print. */
export type VariableChange =
  | { readonly kind: 'create'; readonly desired: Variable }
  | {
      readonly kind: 'update';
      readonly desired: Variable;
      readonly current: StoredVariable;
      readonly changed: readonly ChangedField[];
    }
  /** GitLab cannot hide or show a variable that exists: it is removed and created again. */
  | {
      readonly kind: 'recreate';
      readonly desired: Variable;
      readonly current: StoredVariable;
      readonly changed: readonly ChangedField[];
    }
  | {
      readonly kind: 'unchanged';
      readonly desired: Variable;
      readonly current: StoredVariable;
      /** The value is hidden, so that it could not be compared. */
      readonly valueUnknown: boolean;
    }
  /** Nobody declared it: left alone. */
  | { readonly kind: 'undeclared'; readonly current: StoredVariable }
  /** Nobody declared it, and pruning was asked for. */
  | { readonly kind: 'remove'; readonly current: StoredVariable };

export interface DiffOptions {
  /** Removes what is not declared, instead of leaving it alone. Default false. */
  readonly prune?: boolean;
  /** Writes hidden variables again, since their values cannot be compared. Default false. */
  readonly overwriteHidden?: boolean;
}

/**
 * What would turn the current variables into the desired ones, by key and environment scope: first the desired ones in their
 * order, then the rest of the current ones in theirs.
 * @throws GitlabVariablesError OPTIONS_INVALID when a variable is declared twice
 */
export function diffVariables(
  desired: readonly Variable[],
  current: readonly StoredVariable[],
  { prune = false, overwriteHidden = false }: DiffOptions = {},
): VariableChange[] {
  assertUnique(desired);
  const declared = new Set(desired.map(identityOf));
  const existing = new Map(current.map((variable) => [identityOf(variable), variable]));
  return [
    ...desired.map((variable) => changeOf(variable, existing.get(identityOf(variable)), overwriteHidden)),
    ...current
      .filter((variable) => !declared.has(identityOf(variable)))
      .map((variable) => ({ kind: prune ? ('remove' as const) : ('undeclared' as const), current: variable })),
  ];
}

function changeOf(desired: Variable, current: StoredVariable | undefined, overwriteHidden: boolean): VariableChange {
  if (!current) return { kind: 'create', desired };
  const changed = changedFields(desired, current);
  if (changed.includes('hidden')) return { kind: 'recreate', desired, current, changed };
  const valueUnknown = current.value === null;
  if (valueUnknown && overwriteHidden) return { kind: 'update', desired, current, changed: ['value', ...changed] };
  if (changed.length > 0) return { kind: 'update', desired, current, changed };
  return { kind: 'unchanged', desired, current, valueUnknown };
}

const settings = ['type', 'protected', 'masked', 'raw', 'hidden', 'description'] as const;

/** The fields in which two versions of a variable differ; a value that is hidden counts as equal. */
export function changedFields(desired: StoredVariable, current: StoredVariable): ChangedField[] {
  const valueDiffers = desired.value !== null && current.value !== null && !desired.value.equals(current.value);
  return [...(valueDiffers ? ['value' as const] : []), ...settings.filter((name) => desired[name] !== current[name])];
}

function assertUnique(desired: readonly Variable[]): void {
  const seen = new Set<string>();
  for (const variable of desired) {
    const identity = identityOf(variable);
    if (seen.has(identity)) {
      throw new GitlabVariablesError('OPTIONS_INVALID', `${nameOf(variable)} is declared twice. Declare it once.`);
    }
    seen.add(identity);
  }
}
