import { bySpecificity, scopeCovers } from './scope.ts';
import { nameOf, type StoredVariable, type VariableIdentity } from './variable.ts';

/** What somebody relies on. */
export interface RequiredVariable {
  readonly key: string;
  /** The environment whose jobs need it, or a scope with wildcards that must exist just so. Default `*`. */
  readonly environmentScope?: string;
  /** True when it must be protected. */
  readonly protected?: boolean;
  /** True when it must be masked. */
  readonly masked?: boolean;
}

export interface Finding extends VariableIdentity {
  readonly kind: 'missing' | 'wrong scope' | 'unprotected' | 'unmasked';
  /** One sentence for people, and what to do. */
  readonly message: string;
}

/** Compares what is required with what is there; empty when all is well. Order: as required. */
export function checkVariables(required: readonly RequiredVariable[], current: readonly StoredVariable[]): Finding[] {
  return required.flatMap((one) => findings(one, current));
}

function findings(required: RequiredVariable, current: readonly StoredVariable[]): Finding[] {
  const { key, environmentScope = '*' } = required;
  const identity = { key, environmentScope };
  const named = current.filter((variable) => variable.key === key);
  if (named.length === 0) {
    return [
      {
        ...identity,
        kind: 'missing',
        message: `${nameOf(identity)} is not set. Add it in Settings → CI/CD → Variables.`,
      },
    ];
  }
  const [given] = named
    .filter((variable) => scopeCovers(variable.environmentScope, environmentScope))
    .sort(bySpecificity);
  if (!given) {
    const scopes = named.map((variable) => `"${variable.environmentScope}"`).join(', ');
    const wanted = environmentScope === '*' ? 'all environments' : `"${environmentScope}"`;
    return [
      {
        ...identity,
        kind: 'wrong scope',
        message: `${key} is set for ${scopes} only, and is needed for ${wanted}. Change its environment scope.`,
      },
    ];
  }
  return [...protection(required, given), ...masking(required, given)];
}

function protection(required: RequiredVariable, given: StoredVariable): Finding[] {
  if (!required.protected || given.protected) return [];
  return [
    {
      ...identity(given),
      kind: 'unprotected',
      message: `${nameOf(given)} is not protected: jobs of any branch can read it. Protect it.`,
    },
  ];
}

function masking(required: RequiredVariable, given: StoredVariable): Finding[] {
  if (!required.masked || given.masked) return [];
  return [
    { ...identity(given), kind: 'unmasked', message: `${nameOf(given)} is not masked: job logs can show it. Mask it.` },
  ];
}

function identity({ key, environmentScope }: VariableIdentity): VariableIdentity {
  return { key, environmentScope };
}
