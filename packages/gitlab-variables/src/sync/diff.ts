import { type ChangedField, changedFields, weakenedFields } from '../variable/changed-fields.ts';
import { GitlabVariablesError } from '../variable/errors.ts';
import { type ExpectedVariable, identityOf, nameOf, type StoredVariable } from '../variable/variable.ts';

/** Why a declared change isn't made. */
export interface Refusal {
  readonly reason: 'weaker' | 'other owner';
  /** What's refused, and what to do. */
  readonly message: string;
}

interface Difference<Expected extends ExpectedVariable> {
  readonly desired: Expected;
  readonly current: StoredVariable;
  readonly changed: readonly ChangedField[];
  readonly refusal?: Refusal;
}

/** A change to one variable. The values in it don't print. */
export type VariableChange<Expected extends ExpectedVariable = ExpectedVariable> =
  | { readonly kind: 'create'; readonly desired: Expected }
  | ({ readonly kind: 'update' } & Difference<Expected>)
  /** Removed and created again, because GitLab can't hide or unhide an existing variable. */
  | ({ readonly kind: 'recreate' } & Difference<Expected>)
  | {
      readonly kind: 'unchanged';
      readonly desired: Expected;
      readonly current: StoredVariable;
      /** The value can't be compared: it's hidden, or not known here. */
      readonly valueUnknown: boolean;
    }
  /** Not declared, and kept. */
  | { readonly kind: 'undeclared'; readonly current: StoredVariable }
  /** Not declared any more, created by this declaration, and pruned. */
  | { readonly kind: 'remove'; readonly current: StoredVariable };

export interface DiffOptions {
  /**
   * The declaration's name. New variables are marked with it in their description. Variables of another owner aren't changed.
   */
  readonly owner?: string | undefined;
  /** Removes undeclared variables of this `owner`, and no others. Default false. */
  readonly prune?: boolean;
  /** Writes hidden variables again, because their values can't be compared. Default false. */
  readonly overwriteHidden?: boolean;
  /** Lets the declaration take a protection or a description away. Default false: such a change is refused. */
  readonly allowWeaker?: boolean;
}

/**
 * Returns the changes that turn the current variables into the declared ones, matched by key and environment scope: first the
 * declared ones in their order, then the remaining current ones in theirs. Settings that aren't declared don't change.
 * @throws GitlabVariablesError OPTIONS_INVALID when a variable is declared twice, or for `prune` without `owner`
 */
export function diffVariables<Expected extends ExpectedVariable>(
  desired: readonly Expected[],
  current: readonly StoredVariable[],
  options: DiffOptions = {},
): VariableChange<Expected>[] {
  assertUnique(desired);
  const { prune = false, owner } = options;
  if (prune && owner === undefined) {
    throw new GitlabVariablesError(
      'OPTIONS_INVALID',
      'Only variables that this declaration created can be pruned: give it an "owner", such as the project\'s name.',
    );
  }
  const declared = new Set(desired.map(identityOf));
  const existing = new Map(current.map((variable) => [identityOf(variable), variable]));
  return [
    ...desired.map((variable) => changeOf(variable, existing.get(identityOf(variable)), options)),
    ...current
      .filter((variable) => !declared.has(identityOf(variable)))
      .map((variable) => ({
        kind: prune && variable.owner === owner ? ('remove' as const) : ('undeclared' as const),
        current: variable,
      })),
  ];
}

function changeOf<Expected extends ExpectedVariable>(
  desired: Expected,
  current: StoredVariable | undefined,
  options: DiffOptions,
): VariableChange<Expected> {
  if (!current) return { kind: 'create', desired };
  const changed = changedFields(desired, current);
  const isRewrite = current.value === null && options.overwriteHidden === true;
  const fields = isRewrite ? ['value' as const, ...changed] : changed;
  if (fields.length === 0)
    return { kind: 'unchanged', desired, current, valueUnknown: !desired.value || current.value === null };
  const refusal = refusalOf(desired, current, options);
  const difference = { desired, current, changed: fields, ...(refusal ? { refusal } : {}) };
  return { kind: changed.includes('hidden') ? 'recreate' : 'update', ...difference };
}

function refusalOf(
  desired: ExpectedVariable,
  current: StoredVariable,
  { owner, allowWeaker = false }: DiffOptions,
): Refusal | undefined {
  if (current.owner !== undefined && current.owner !== owner) {
    return {
      reason: 'other owner',
      message: `"${current.owner}" manages ${nameOf(current)}: declare it in one place only, or remove "(managed by ${current.owner})" from its description in GitLab.`,
    };
  }
  const weakened = allowWeaker ? [] : weakenedFields(desired, current);
  if (weakened.length === 0) return undefined;
  return {
    reason: 'weaker',
    message: `the declaration takes ${weakened.join(', ')} away from ${nameOf(current)}: leave the field out to keep it, or allow it (--allow-weaker).`,
  };
}

function assertUnique(desired: readonly ExpectedVariable[]): void {
  const seen = new Set<string>();
  for (const variable of desired) {
    const identity = identityOf(variable);
    if (seen.has(identity)) {
      throw new GitlabVariablesError('OPTIONS_INVALID', `${nameOf(variable)} is declared twice: keep one.`);
    }
    seen.add(identity);
  }
}
