import { bySpecificity, scopeCovers } from '../variable/scope.ts';
import { nameOf, type StoredVariable, type VariableIdentity } from '../variable/variable.ts';

/** A variable that jobs rely on. */
export interface RequiredVariable {
  readonly key: string;
  /** The environment whose jobs need it, or a scope with wildcards that must match exactly. Default `*`. */
  readonly environmentScope?: string;
  readonly protected?: boolean;
  readonly masked?: boolean;
}

export interface Finding extends VariableIdentity {
  readonly kind: 'missing' | 'wrong scope' | 'unprotected' | 'unmasked';
  /** What's wrong, and what to do. */
  readonly message: string;
}

/** Returns what's wrong with the required variables, in their order. */
export function checkVariables(required: readonly RequiredVariable[], current: readonly StoredVariable[]): Finding[] {
  return required.flatMap((one) => checkOne(one, current));
}

function checkOne(required: RequiredVariable, current: readonly StoredVariable[]): Finding[] {
  const { key, environmentScope = '*' } = required;
  const identity = { key, environmentScope };
  const named = current.filter((variable) => variable.key === key);
  if (named.length === 0) {
    return [
      {
        ...identity,
        kind: 'missing',
        message: `${nameOf(identity)} isn't set. Add it in Settings > CI/CD > Variables.`,
      },
    ];
  }
  const [effective] = named
    .filter((variable) => scopeCovers(variable.environmentScope, environmentScope))
    .sort(bySpecificity);
  if (!effective) {
    const scopes = named.map((variable) => `"${variable.environmentScope}"`).join(', ');
    const needed = environmentScope === '*' ? 'all environments' : `"${environmentScope}"`;
    return [
      {
        ...identity,
        kind: 'wrong scope',
        message: `${key} is set for ${scopes} only, but needed for ${needed}. Change its environment scope.`,
      },
    ];
  }
  return [...checkProtection(required, effective), ...checkMasking(required, effective)];
}

function checkProtection(required: RequiredVariable, effective: StoredVariable): Finding[] {
  if (!required.protected || effective.protected) return [];
  return [
    {
      ...identity(effective),
      kind: 'unprotected',
      message: `${nameOf(effective)} isn't protected: jobs of any branch can read it. Protect it.`,
    },
  ];
}

function checkMasking(required: RequiredVariable, effective: StoredVariable): Finding[] {
  if (!required.masked || effective.masked) return [];
  return [
    {
      ...identity(effective),
      kind: 'unmasked',
      message: `${nameOf(effective)} isn't masked: job logs can show it. Mask it.`,
    },
  ];
}

function identity({ key, environmentScope }: VariableIdentity): VariableIdentity {
  return { key, environmentScope };
}
