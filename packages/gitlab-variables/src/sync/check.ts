import type { ChangedField } from '../variable/changed-fields.ts';
import { scopeCovers } from '../variable/scope.ts';
import {
  type ExpectedVariable,
  identity,
  identityOf,
  nameOf,
  type StoredVariable,
  type VariableIdentity,
} from '../variable/variable.ts';
import { type DiffOptions, diffVariables, type VariableChange } from './diff.ts';

export interface Finding extends VariableIdentity {
  /**
   * `wide scope`: jobs that the declaration doesn't mean get a variable of this key too. `bare scope`: it has the name of a
   * folder of environments, which none of them is called.
   */
  readonly kind: 'missing' | 'different' | 'unprotected' | 'unmasked' | 'other owner' | 'wide scope' | 'bare scope';
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
  /** Whether a sync repairs it. */
  readonly isSynced: boolean;
}

export interface CheckReport {
  /** In the order of the declaration. */
  readonly findings: readonly Finding[];
  /** Matching variables whose values can't be compared: hidden, or not known here. */
  readonly valueUnknown: readonly VariableIdentity[];
}

/**
 * Compares the declared variables with the current ones: whatever a sync would change, and variables of the same key in other
 * scopes that defeat the declared one.
 * @throws GitlabVariablesError OPTIONS_INVALID when a variable is declared twice
 */
export function checkVariables(
  expected: readonly ExpectedVariable[],
  current: readonly StoredVariable[],
  { owner }: Pick<DiffOptions, 'owner'> = {},
): CheckReport {
  const changes = diffVariables(expected, current, { owner, allowWeaker: true });
  const declared = new Set(expected.map(identityOf));
  const undeclared = current.filter((one) => !declared.has(identityOf(one)));
  return {
    findings: changes.flatMap((change) =>
      'desired' in change ? [...differencesOf(change), ...scopeFindings(change.desired, undeclared)] : [],
    ),
    valueUnknown: changes.flatMap((change) =>
      change.kind === 'unchanged' && change.valueUnknown ? [identity(change.desired)] : [],
    ),
  };
}

function differencesOf(change: Extract<VariableChange, { readonly desired: ExpectedVariable }>): Finding[] {
  if (change.kind === 'unchanged') return [];
  const { desired } = change;
  const name = nameOf(desired);
  const report = (kind: Finding['kind'], message: string): Finding => {
    return { ...identity(desired), kind, message, remedy: 'Run sync.', isSynced: true };
  };
  if (change.kind === 'create') return [report('missing', `${name} isn't set.`)];
  if (change.refusal) {
    const { message } = change.refusal;
    return [{ ...report('other owner', `${name} differs.`), remedy: sentence(message), isSynced: false }];
  }
  const isUnprotected = change.changed.includes('protected') && desired.protected === true;
  const isUnmasked =
    change.changed.some((field) => field === 'masked' || field === 'hidden') && desired.masked !== false;
  const reported = new Set<ChangedField>([
    ...(isUnprotected ? ['protected' as const] : []),
    ...(isUnmasked ? ['masked' as const] : []),
  ]);
  const others = change.changed.filter((field) => !reported.has(field) && !(isUnmasked && field === 'hidden'));
  return [
    ...(isUnprotected ? [report('unprotected', `${name} isn't protected: jobs of any branch can read it.`)] : []),
    ...(isUnmasked ? [report('unmasked', unmaskedText(name, change.current))] : []),
    ...(others.length > 0 ? [report('different', `${name} isn't as declared: ${others.join(', ')}.`)] : []),
  ];
}

function unmaskedText(name: string, { masked }: StoredVariable): string {
  return masked
    ? `${name} isn't hidden: GitLab shows its value to Maintainers.`
    : `${name} isn't masked: job logs can show it.`;
}

function scopeFindings(desired: ExpectedVariable, undeclared: readonly StoredVariable[]): Finding[] {
  const { key, environmentScope: scope } = desired;
  if (scope === '*') return [];
  return undeclared
    .filter((other) => other.key === key)
    .flatMap((other): Finding[] => {
      const found = { ...identity(other), isSynced: false };
      if (scopeCovers(other.environmentScope, scope)) {
        const jobs = other.environmentScope === '*' ? 'every job, those without an environment too,' : 'more jobs';
        return [
          {
            ...found,
            kind: 'wide scope',
            message: `${key} is set for "${other.environmentScope}": ${jobs} can read it.`,
            remedy: `Keep it for "${scope}" only: delete the one for "${other.environmentScope}" in Settings > CI/CD > Variables.`,
          },
        ];
      }
      if (scope === `${other.environmentScope}/*`) {
        return [
          {
            ...found,
            kind: 'bare scope',
            message: `${key} is set for "${other.environmentScope}", which isn't the environment of any job of "${scope}".`,
            remedy: `Set it for "${scope}" instead, and delete that one in Settings > CI/CD > Variables.`,
          },
        ];
      }
      return [];
    });
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
