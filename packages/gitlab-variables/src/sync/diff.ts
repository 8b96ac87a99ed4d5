import { type ChangedField, changedFields } from '../variable/changed-fields.ts';
import { GitlabVariablesError } from '../variable/errors.ts';
import { identityOf, nameOf, type StoredVariable, type Variable } from '../variable/variable.ts';

/** A change to one variable. The values in it don't print. */
export type VariableChange =
  | { readonly kind: 'create'; readonly desired: Variable }
  | {
      readonly kind: 'update';
      readonly desired: Variable;
      readonly current: StoredVariable;
      readonly changed: readonly ChangedField[];
    }
  /** Removed and created again, because GitLab can't hide or unhide an existing variable. */
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
      /** The value is hidden and can't be compared. */
      readonly valueUnknown: boolean;
    }
  /** Not declared, and kept. */
  | { readonly kind: 'undeclared'; readonly current: StoredVariable }
  /** Not declared, and pruned. */
  | { readonly kind: 'remove'; readonly current: StoredVariable };

export interface DiffOptions {
  /** Removes variables that aren't declared. Default false. */
  readonly prune?: boolean;
  /** Writes hidden variables again, because their values can't be compared. Default false. */
  readonly overwriteHidden?: boolean;
}

/**
 * Returns the changes that turn the current variables into the desired ones, matched by key and environment scope: first the
 * desired ones in their order, then the remaining current ones in theirs.
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

function assertUnique(desired: readonly Variable[]): void {
  const seen = new Set<string>();
  for (const variable of desired) {
    const identity = identityOf(variable);
    if (seen.has(identity)) {
      throw new GitlabVariablesError('OPTIONS_INVALID', `${nameOf(variable)} is declared twice: keep one.`);
    }
    seen.add(identity);
  }
}
