import { type ExpectedVariable, settingsOf, type StoredVariable } from './variable.ts';

export type ChangedField = 'value' | 'type' | 'protected' | 'masked' | 'raw' | 'hidden' | 'description';

const settings = ['type', 'protected', 'masked', 'raw', 'hidden', 'description'] as const;

/** Returns the declared fields that the current variable doesn't have. A value unknown on one side counts as equal. */
export function changedFields(
  expected: ExpectedVariable | StoredVariable,
  current: StoredVariable,
): readonly ChangedField[] {
  const wanted = settingsOf(expected, current);
  const isOtherValue = expected.value && current.value && !expected.value.equals(current.value);
  return [...(isOtherValue ? ['value' as const] : []), ...settings.filter((name) => wanted[name] !== current[name])];
}

/** Returns the declared fields that would take a protection, or the description, away from the current variable. */
export function weakenedFields(expected: ExpectedVariable, current: StoredVariable): readonly ChangedField[] {
  const wanted = settingsOf(expected, current);
  const lost = (['protected', 'masked', 'hidden'] as const).filter((name) => current[name] && !wanted[name]);
  return [...lost, ...(current.description !== null && wanted.description === null ? ['description' as const] : [])];
}
